// The verbs below `exo script`. Each has a file of its own, cli/script_VERB.cc, and a function here, which
// add_script() calls; its shape is that of the functions of cli/verb.h.
#pragma once

namespace CLI {
class App;
}

namespace exo {

void add_script_list(CLI::App& script, int& exit_code);
// retry, skip, mark-done, cancel, rerun, dry-run, pause, resume and throttle.
void add_script_decisions(CLI::App& script, int& exit_code);
void add_script_new(CLI::App& script, int& exit_code);

}  // namespace exo
