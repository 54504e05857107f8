// What `exo test` is about to run: which specs, on what, and what their words mean. The program that runs
// them, specs/bin/exo-specs.js, is handed it as JSON; specs/lib/plan.js says what is in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace exo {

struct SpecOptions {
  std::filesystem::path application;  // absolute
  std::filesystem::path program;      // exo itself
  std::filesystem::path logs;         // where those of scenarios that have failed are left
  std::vector<std::string> wanted;    // "todo-search", "todo-search@0.0.1"; empty: all specs
  std::string scenario;               // only those whose names hold this; empty: all
  std::string junit;                  // absolute paths; empty: no such report
  std::string json;
  bool keep = false;  // the environments of scenarios that have failed
};

// Reads and checks the application, its specs and their nouns. Errors: `mistakes`, a line for each; `usage`
// for a name that is none; `absent` where there is no spec, or none whose version and script are there;
// what is missing is named with what makes it. Blocks on the disk.
Result<std::string> plan_specs(const SpecOptions& options);

// Why no spec was run at all, in the format of Cucumber's JSON: a scenario that has failed. Pure.
std::string refusal_as_json(const Error& refusal);

}  // namespace exo
