#include "deployment-scripts/script_folder.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/yaml_document.h"

namespace exo {
namespace {

class FolderReader {
 public:
  FolderReader(const YamlNode& root, const std::string& file) : root_(root), file_(file) {}

  ScriptFolder read() {
    read_command();
    read_sends("messages.sends");
    read_sends("dependency-data.exocom.sends");
    read_user();
    return std::move(folder_);
  }

 private:
  // Null when a key on the way is absent.
  const YamlNode* find(std::string_view path) const {
    const YamlNode* node = &root_;
    for (const std::string_view key : split(path, '.')) {
      const YamlEntry* entry = node->find(key);
      if (entry == nullptr) return nullptr;
      node = &entry->value;
    }
    return node;
  }

  void read_command() {
    const std::string key = "development.scripts.run";
    const YamlNode* command = find(key);
    if (command == nullptr || command->is_null()) {
      add(root_.line, key, "", "expected the command that runs this script, such as \"run: ./migrate\"");
    } else if (!command->is_scalar() || trim(command->text).empty()) {
      add(command->line, key, command->text,
          std::string("expected the command that runs this script, found ") + describe(*command));
    } else {
      folder_.command = std::string(trim(command->text));
      folder_.command_place = {.file = file_, .line = command->line, .key = key};
    }
  }

  void read_sends(const std::string& key) {
    const YamlNode* list = find(key);
    if (list == nullptr || list->is_null()) return;
    if (!list->is_sequence()) {
      add(list->line, key, list->text, std::string("expected a list of messages, found ") + describe(*list));
      return;
    }
    for (const YamlNode& item : list->items) {
      if (!item.is_scalar() || item.text.empty()) {
        add(item.line, key, "", std::string("expected the name of a message, found ") + describe(item));
      } else if (std::find(folder_.sends.begin(), folder_.sends.end(), item.text) == folder_.sends.end()) {
        folder_.sends.push_back(item.text);
        folder_.sends_places[item.text] = {.file = file_, .line = item.line, .key = key};
      }
    }
  }

  void read_user() {
    const YamlNode* user = find("user");
    if (user == nullptr || user->is_null()) return;
    if (!user->is_scalar() || user->text.empty()) {
      add(user->line, "user", user->text,
          std::string("expected the name of a Unix user, found ") + describe(*user));
      return;
    }
    folder_.user = {.name = user->text, .place = {.file = file_, .line = user->line, .key = "user"}};
  }

  void add(int line, const std::string& key, const std::string& value, const std::string& message) {
    folder_.mistakes.push_back({.file = file_,
                                .line = line,
                                .key = key,
                                .value = printable(value),
                                .message = naming(value, message)});
  }

  const YamlNode& root_;
  const std::string& file_;
  ScriptFolder folder_;
};

}  // namespace

ScriptFolder parse_script_folder(std::string_view text, const std::string& file) {
  const YamlDocument document = parse_yaml(text);
  if (document.faults.empty()) return FolderReader(document.root, file).read();
  ScriptFolder folder;
  for (const YamlFault& fault : document.faults) {
    folder.mistakes.push_back(
        {.file = file, .line = fault.line, .key = fault.key, .value = "", .message = fault.message});
  }
  return folder;
}

}  // namespace exo
