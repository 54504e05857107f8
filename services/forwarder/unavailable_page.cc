#include "services/forwarder/unavailable_page.h"

namespace exo {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace

std::string unavailable_page(std::string_view role, std::string_view why) {
  const std::string reason = why.empty() ? "no version of it is open to traffic" : escaped(why);
  const std::string body =
      "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" "
      "content=\"5\">"
      "<title>" +
      escaped(role) + " is not available</title></head>\n<body>\n<h1>" + escaped(role) +
      " is not available</h1>\n<p>" + reason +
      "</p>\n<p>This page asks again every 5 seconds; <code>exo status</code> says "
      "more.</p>\n</body>\n</html>\n";
  return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\nRetry-After: 5\r\n"
         "Cache-Control: no-store\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace exo
