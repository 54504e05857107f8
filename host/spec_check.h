// Whether the words of specs mean something in an application.
#pragma once

#include <vector>

#include "base/mistake.h"
#include "deployment-scripts/spec_nouns.h"
#include "services/application.h"

namespace exo {

// A mistake for each role that the application does not have, and for each message that no version of its
// role receives, in the order of the file. Pure.
std::vector<Mistake> check_nouns(const SpecNouns& nouns, const Application& application);

// The mistakes of the application's file of nouns, as warnings: they stop nothing but its specs.
std::vector<Notice> doubtful_nouns(const Application& application);

}  // namespace exo
