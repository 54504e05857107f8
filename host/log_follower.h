// `exo logs --follow`: shows what is written from now on, until somebody has seen enough.
#pragma once

#include <filesystem>
#include <functional>

namespace exo {

// Calls `look` now, and again whenever something may have been written to a file of the folder, which need
// not be there yet; until it returns false, or SIGINT, SIGTERM or SIGHUP comes, which the caller must have
// blocked (see host/signals.h), or nobody reads standard output any more.
void follow_logs(const std::filesystem::path& folder, const std::function<bool()>& look);

}  // namespace exo
