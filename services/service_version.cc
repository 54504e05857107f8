#include "services/service_version.h"

#include "base/check.h"

namespace exo {

std::string to_string(const ServiceVersion& version) {
  return version.role + "@" + to_string(version.version);
}

std::string data_folder_of(const ServiceVersion& version) {
  return version.data == DataSharing::kShared ? version.role
                                              : version.role + "-" + to_string(version.version);
}

const char* to_string(ServiceType type) {
  switch (type) {
    case ServiceType::kPublic:
      return "public";
    case ServiceType::kPrivate:
      return "private";
    case ServiceType::kWorker:
      return "worker";
  }
  EXO_CHECK(false);
  return "";
}

}  // namespace exo
