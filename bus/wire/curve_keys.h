// Keys of CURVE, which encrypts and proves who is who where the bus goes over TCP, and the files that hold
// them.
//
// A key is 40 characters of Z85, as ZeroMQ writes it. A file of keys has a line for each: a word, a space and
// the key; empty lines and those that begin with "# " say nothing.
//
//   server rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7    of a program's file: the public key of the bus
//   public Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID
//   secret D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

struct CurveKeys {
  std::string public_key;
  std::string secret_key;
};

// What a program needs to join a bus over TCP. Empty altogether: it speaks without CURVE.
struct CurveIdentity {
  std::string server_key;
  CurveKeys own;

  bool empty() const { return server_key.empty(); }
};

// Whether the ZeroMQ that is linked knows CURVE at all.
bool has_curve();
bool is_curve_key(std::string_view text);

// New keys. Requires has_curve().
CurveKeys make_curve_keys();

// The file of a bus has no `server`, that of a program has one. `name` is how errors call the file; they name
// the line and the value (of a secret: only that it is none), and what to do about it. Error "malformed": a
// line is not as above, twice there or missing, or the public key is not that of the secret one.
Result<CurveKeys> parse_server_keys(const std::string& name, std::string_view content);
Result<CurveIdentity> parse_curve_identity(const std::string& name, std::string_view content);
// Reads such a file; besides, the errors of read_file(), and "not-allowed" for a file that others may read.
Result<CurveIdentity> read_curve_identity(const std::string& file);

std::string format(const CurveKeys& keys);
std::string format(const CurveIdentity& identity);

}  // namespace exo
