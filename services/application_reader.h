// Reads an application's files in two passes: application.yml names the services and where they are, then
// each service.yml is read, then what only shows across files is checked.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/application.h"
#include "services/configuration_file.h"
#include "services/service_file.h"

namespace exo {

// Used once, by load_application() or readable_application(). Not thread-safe.
class ApplicationReader {
 public:
  // `folder`: absolute, and there.
  explicit ApplicationReader(std::string folder, FolderCopies copies = {});

  LoadedApplication read();
  // What can be used of it whatever its mistakes; instead of read().
  Application read_what_can_be();

 private:
  // A version while it is read, with its file, in which mistakes found later are noted too.
  struct ReadVersion {
    ServiceVersion version;
    ConfigurationFile* file;
  };
  struct ReadRole {
    std::string name;
    int line = 0;
    std::vector<ReadVersion> versions;
  };

  bool load_application_file();
  void read_name();
  void read_services();
  void read_service_or_section(const YamlEntry& entry, const Field& services);
  void read_role(const YamlEntry& entry, const Field& role, std::optional<ServiceType> section);
  // False when there is nothing that exo could run, and that is no mistake.
  bool read_where_it_is(const YamlEntry& entry, const Field& role, ServiceContext context, ReadRole& read);
  void read_versions(const Field& list, ServiceContext context, ReadRole& role);
  void read_version_at(const Field& location, ServiceContext context, ReadRole& role);

  void check_stated_version(const Field& stated, const ReadVersion& read);
  void check_versions_differ(ReadRole& role);
  void check_dependencies();
  void check_requirements();
  Role finish(ReadRole read);
  void take_public_port(const ReadRole& read, Role& role);
  void note_default_versions();
  LoadedApplication result();

  ConfigurationFile& application_file() { return *files_.front(); }
  std::string shown_name(const std::string& location, const std::string& folder) const;

  Application application_;
  FolderCopies copies_;
  std::vector<std::unique_ptr<ConfigurationFile>> files_;  // application.yml first
  EnvironmentBlock environment_;
  std::vector<ReadRole> roles_;
};

}  // namespace exo
