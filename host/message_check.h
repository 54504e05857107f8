// What only shows when services and deployment scripts are read together: messages that nobody receives, and
// scripts that do not handle the messages that they are started with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mistake.h"
#include "deployment-scripts/script_catalog.h"
#include "services/application.h"

namespace exo {

// For each message that a service version, or a script with a service.yml of its own, declares to send and no
// service receives: the bus would refuse it. Told once for each place where it is written.
std::vector<Notice> unheard_messages(const Application& application, const ScriptCatalog& catalog);

// The public names of what a version receives, sorted.
std::vector<std::string> received_names(const ServiceVersion& version);

// What to say where the version does not receive the name, so that it cannot be replayed to it; nullopt where
// it does.
std::optional<std::string> why_not_followed(const ServiceVersion& version, const std::string& name);

// For each command that a script's settings follow and the version that it brings in does not receive: it
// could not be replayed.
std::vector<Mistake> wrong_follows(const Application& application, const ScriptCatalog& catalog);

// For each message by whose time a script's settings see that production suffers, and that nobody receives:
// it would never be slowed down.
std::vector<Mistake> wrong_signals(const Application& application, const ScriptCatalog& catalog);

// For each single-file script that names a start message of another script, which it will never get, or none
// at all, so that no phase of it would run. It is a guess, for a script may put the name together. Reads the
// scripts.
std::vector<Notice> unhandled_phases(const ScriptCatalog& catalog);

// Whether a script may handle the start of a phase: false for a single file that names only that of the other
// one. The same guess; reads the script.
bool may_handle(const Script& script, Phase phase);

}  // namespace exo
