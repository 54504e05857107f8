#include "services/artifacts/artifact_path.h"

#include <algorithm>

#include "base/text.h"

namespace exo {

std::string fault_of_relative_path(std::string_view path) {
  if (path.size() > kMaxArtifactPathBytes)
    return "has a name of more than " + std::to_string(kMaxArtifactPathBytes) + " bytes; make it shorter";
  if (has_control_characters(path))
    return "has a line end or another control character in its name; rename it";
  if (!is_utf8(path)) return "has a name that is not UTF-8; rename it";
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..")
      return "is no plain way to a file: every part between \"/\" must be a name";
  }
  return {};
}

std::string fault_of_artifact_path(std::string_view path) {
  const std::string_view top = path.substr(0, path.find('/'));
  if (top.size() == path.size() || (top != kServiceTop && top != kScriptsTop))
    return "is neither below " + std::string(kServiceTop) + "/ nor below " + std::string(kScriptsTop) + "/";
  return fault_of_relative_path(path);
}

std::string fault_of_link(std::string_view path, std::string_view target) {
  const std::string where = " (to " + printable(target) + ")";
  if (target.empty() || target.size() > kMaxArtifactPathBytes || has_control_characters(target) ||
      !is_utf8(target))
    return "is a link to what is no name" + where + "; make it anew";
  constexpr std::string_view kMend = "; put what it leads to in its place";
  if (target.front() == '/')
    return "is a link outside of its folder" + where + ", which need not be there elsewhere" +
           std::string(kMend);
  // Folders between the link and the one at the top.
  auto above = std::count(path.begin(), path.end(), '/') - 1;
  bool named = false;
  for (const std::string_view part : split(target, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      named = true;
    } else if (named) {
      return "is a link with \"..\" behind a name" + where + "; write it without that";
    } else if (--above < 0) {
      return "is a link outside of its folder" + where + std::string(kMend);
    }
  }
  return {};
}

}  // namespace exo
