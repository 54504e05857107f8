// What a connection gets that no version of its role could take.
#pragma once

#include <string>
#include <string_view>

namespace exo {

// A whole HTTP/1.1 answer, "503 Service Unavailable", that ends the connection: says of the role and why
// (empty: not known), and has a browser ask again after some seconds. `why` is shown as text, whatever it
// holds.
std::string unavailable_page(std::string_view role, std::string_view why);

}  // namespace exo
