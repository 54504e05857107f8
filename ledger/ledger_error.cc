#include "ledger/ledger_error.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace exo {

Error ledger_failure(std::string_view code, std::string message) {
  return Error{std::string(code), std::move(message)};
}

std::string_view ledger_code_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ledger_error::kDiskFull;
    case EROFS:
      return ledger_error::kDiskReadOnly;
    case EACCES:
    case EPERM:
      return ledger_error::kReadOnly;
    case ENOENT:
    case ENOTDIR:
      return ledger_error::kAbsent;
    default:
      return ledger_error::kIo;
  }
}

Error ledger_system_failure(std::string_view doing, int error_number) {
  return ledger_failure(ledger_code_for(error_number),
                        std::string(doing) + ": " + std::generic_category().message(error_number));
}

}  // namespace exo
