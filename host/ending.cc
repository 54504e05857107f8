#include "host/ending.h"

#include "base/check.h"

namespace exo {

void Ending::begin(ServicesAtStop services, MonotonicTime now) {
  EXO_CHECK(serves());
  stage_ = Stage::kEndingScripts;
  services_ = services;
  scripts_end_by_ = now + kScriptsEndWithin;
}

Ending::Duty Ending::look(const Facts& facts, MonotonicTime now) {
  if (stage_ == Stage::kEndingServices && facts.services_gone) finish();
  if (stage_ != Stage::kEndingScripts) return {};
  const bool is_to_wait = !facts.scripts_recorded && !facts.ledger_lost && now < *scripts_end_by_;
  return is_to_wait ? Duty{} : leave_scripts(facts, Duty::Services::kEnd);
}

Ending::Duty Ending::hurry(const Facts& facts) {
  EXO_CHECK(!serves());
  if (stage_ == Stage::kEndingScripts) return leave_scripts(facts, Duty::Services::kEndAtOnce);
  return stage_ == Stage::kEnded ? Duty{} : Duty{.services = Duty::Services::kEndAtOnce};
}

// Those that still run are ended by the keeper where the services go on.
Ending::Duty Ending::leave_scripts(const Facts& facts, Duty::Services services) {
  scripts_end_by_.reset();
  const bool go_on = services_ == ServicesAtStop::kGoOn;
  stage_ = go_on ? Stage::kEnded : Stage::kEndingServices;
  return {.records = !facts.ledger_lost, .services = go_on ? Duty::Services::kNone : services};
}

}  // namespace exo
