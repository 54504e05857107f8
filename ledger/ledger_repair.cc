#include "ledger/ledger_repair.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/unique_fd.h"
#include "ledger/chain.h"
#include "ledger/ledger_checkpoint.h"
#include "ledger/ledger_error.h"
#include "ledger/ledger_export.h"
#include "ledger/ledger_head.h"
#include "ledger/ledger_salvage.h"
#include "ledger/sqlite_database.h"
#include "ledger/sqlite_event.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/sqlite_schema.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kWorkshop = "/ledger.repair";
constexpr const char* kAside = "ledger.damaged-";
// In this order: while the database is in its place its log must be, too, and without it nobody makes one.
constexpr std::array kDatabaseFiles{"ledger.db", "ledger.db-wal", "ledger.db-shm"};

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

Error cannot(const std::string& doing, const std::string& path, int error_number) {
  return ledger_system_failure("cannot " + doing + " " + path, error_number);
}

Result<void> sync_folder(const std::string& path) {
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return cannot("sync", path, errno);
  return {};
}

Result<void> make_folder_at(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot("make", path, errno);
  return {};
}

Result<void> move_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return cannot("move to " + to, from, errno);
  return {};
}

Result<void> remove_folder(const std::string& path) {
  std::error_code failure;
  fs::remove_all(path, failure);
  if (failure) return cannot("remove", path, failure.value());
  return {};
}

// "2026-11-27T08:25:00.123Z" → "20261127T082500Z".
std::string stamp_of(UnixTime at) {
  constexpr std::size_t kSecondsEnd = 19;
  std::string text = to_rfc3339(at).substr(0, kSecondsEnd);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

Json to_details(const LedgerRepair& repair, const std::string& reason) {
  Json details{{"fault", repair.fault},          {"found", repair.found},      {"position", repair.position},
               {"lossKnown", repair.loss_known}, {"movedTo", repair.moved_to}, {"reason", reason}};
  if (repair.lost_from != 0) details["lostFrom"] = repair.lost_from;
  if (repair.lost_to != 0) details["lostTo"] = repair.lost_to;
  return details;
}

LedgerRepair from_details(const std::string& text) {
  const Json details = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!details.is_object()) return {};
  return {.fault = details.value("fault", ""),
          .found = details.value("found", ""),
          .position = details.value("position", std::uint64_t{0}),
          .lost_from = details.value("lostFrom", std::uint64_t{0}),
          .lost_to = details.value("lostTo", std::uint64_t{0}),
          .loss_known = details.value("lossKnown", false),
          .moved_to = details.value("movedTo", "")};
}

class Repairer {
 public:
  explicit Repairer(const LedgerRepairRequest& request)
      : request_(request), folder_(request.folder), workshop_(folder_ + kWorkshop) {}

  Result<std::optional<LedgerRepair>> repair();

 private:
  // Where the whole events come from: the database, or the exported lines where those go further.
  struct Source {
    bool is_export = false;
    ChainEnd end;
    std::uint64_t epoch = 0;  // the highest that anything knows of
  };

  Result<std::optional<Error>> find_fault() const;
  Result<void> compare_with_export(Ledger& ledger) const;
  Result<ChainEnd> end_of_export() const;
  Result<Source> choose_source(LedgerRepair& repair) const;
  Result<void> check_something_is_kept(const LedgerRepair& repair) const;
  Result<ChainEnd> give_events(const Source& source,
                               const std::function<Result<void>(const LedgerEvent&)>& take) const;
  Result<void> make_database(const Source& source) const;
  Result<void> make_ledger(const Source& source, const LedgerRepair& repair) const;
  Result<void> record(const LedgerRepair& repair) const;
  std::string free_name_aside() const;

  std::optional<LedgerRepair> unfinished() const;
  Result<void> keep_old_head(const std::string& aside) const;
  Result<void> change_places(const LedgerRepair& repair) const;
  Result<void> finish(const std::string& aside) const;
  void reached(std::string_view step) const {
    if (request_.reached) request_.reached(step);
  }

  const LedgerRepairRequest& request_;
  std::string folder_;
  std::string workshop_;
};

Result<std::optional<LedgerRepair>> Repairer::repair() {
  const auto ownership = Ownership::acquire(folder_, request_.owner);
  if (!ownership) return ownership.error();
  if (auto begun = unfinished()) {
    if (auto finished = finish(folder_ + "/" + begun->moved_to); !finished) return finished.error();
    return begun;
  }
  const auto fault = find_fault();
  if (!fault) return fault.error();
  if (!fault.value()) return std::optional<LedgerRepair>();
  LedgerRepair repair{
      .fault = fault.value()->code, .found = fault.value()->message, .moved_to = free_name_aside()};
  const auto source = choose_source(repair);
  if (!source) return source.error();
  if (auto kept = check_something_is_kept(repair); !kept) return kept.error();
  if (auto made = make_ledger(source.value(), repair); !made) return made.error();
  reached("making");
  if (auto changed = change_places(repair); !changed) return changed.error();
  return std::optional(std::move(repair));
}

// What is to be repaired; nullopt: nothing. What cannot be repaired is the error.
Result<std::optional<Error>> Repairer::find_fault() const {
  auto ledger = SqliteLedger::open_for_reading(folder_);
  Result<void> verified = ledger ? ledger.value()->verify() : Result<void>(ledger.error());
  if (verified && !request_.exported.empty()) verified = compare_with_export(*ledger.value());
  if (verified) return std::optional<Error>();
  const bool is_absent = verified.error().code == ledger_error::kAbsent;
  if (is_absent && request_.missing) return request_.missing;
  const bool is_made_anew = is_absent && !request_.exported.empty();
  if (is_made_anew || can_be_repaired(verified.error().code)) return std::optional(verified.error());
  return verified.error();
}

Result<void> Repairer::compare_with_export(Ledger& ledger) const {
  const auto end = end_of_export();
  return end ? check_against(ledger, end.value()) : Result<void>(end.error());
}

Result<ChainEnd> Repairer::end_of_export() const {
  if (request_.exported.empty()) return ChainEnd{};
  return read_backup(request_.exported, [](const LedgerEvent&) { return Result<void>(); });
}

Result<Repairer::Source> Repairer::choose_source(LedgerRepair& repair) const {
  const auto exported = end_of_export();
  if (!exported) return exported.error();
  bool holds_export = exported.value().sequence == 0;
  const auto salvaged = salvage_events(folder_, [&](const LedgerEvent& event) {
    holds_export = holds_export || chain_end(event) == exported.value();
    return Result<void>();
  });
  if (!salvaged) return salvaged.error();
  const auto head = LedgerHead::read(folder_);
  const ChainEnd named = head ? head.value() : ChainEnd{};
  const ChainEnd end = holds_export ? salvaged.value().whole : exported.value();
  repair.loss_known = head.ok();
  repair.position = end.sequence;
  const std::uint64_t last = std::max({salvaged.value().found, exported.value().sequence, named.sequence});
  if (last > repair.position) {
    repair.lost_from = repair.position + 1;
    repair.lost_to = last;
  }
  return Source{.is_export = !holds_export,
                .end = end,
                .epoch = std::max({salvaged.value().epoch, exported.value().epoch, named.epoch})};
}

// Whoever does not know that nothing is left would have every script run a second time.
Result<void> Repairer::check_something_is_kept(const LedgerRepair& repair) const {
  const bool may_be_lost = !repair.loss_known || repair.lost_to > 0;
  if (repair.position > 0 || !may_be_lost || request_.begin_anew) return {};
  return ledger_failure(ledger_error::kNothingWhole, repair.found +
                                                         "; no event is whole, so that a ledger "
                                                         "made of it would know of nothing that has run");
}

Result<ChainEnd> Repairer::give_events(const Source& source,
                                       const std::function<Result<void>(const LedgerEvent&)>& take) const {
  if (source.is_export) return read_backup(request_.exported, take);
  const auto salvaged = salvage_events(folder_, take);
  if (!salvaged) return salvaged.error();
  return salvaged.value().whole;
}

Result<void> Repairer::make_database(const Source& source) const {
  SqliteDatabase database;
  if (auto opened = database.open(database_path(workshop_), SqliteMode::kReadWrite); !opened) return opened;
  if (auto set = database.execute("PRAGMA synchronous = FULL"); !set) return set;
  if (auto created = create_schema(database); !created) return created;
  SqliteTransaction transaction(database);
  if (auto begun = transaction.begin(); !begun) return begun;
  auto insert = prepare_insert(database);
  if (!insert) return insert.error();
  const auto end = give_events(source, [&](const LedgerEvent& event) {
    bind_event(insert.value(), event);
    return insert.value().run();
  });
  if (!end) return end.error();
  if (!(end.value() == source.end))
    return ledger_failure(ledger_error::kBusy, folder_ + " was written to while it was repaired: try again");
  return transaction.commit();
}

// The head's epoch is above each that any host of the old ledger had, as far as the files say.
Result<void> Repairer::make_ledger(const Source& source, const LedgerRepair& repair) const {
  if (auto removed = remove_folder(workshop_); !removed) return removed;
  if (auto made = make_folder_at(workshop_); !made) return made;
  if (auto made = make_database(source); !made) return made;
  reached("database made");
  auto head = LedgerHead::create(workshop_);
  if (!head) return head.error();
  const ChainEnd end{.sequence = source.end.sequence, .epoch = source.epoch, .hash = source.end.hash};
  if (auto advanced = head.value().advance(end); !advanced) return advanced;
  return record(repair);
}

// By the way that every host takes: with all that is checked on it.
Result<void> Repairer::record(const LedgerRepair& repair) const {
  {
    auto ledger = SqliteLedger::open({.folder = workshop_, .owner = request_.owner});
    if (!ledger) return ledger.error();
    LedgerEvent event{
        .at = request_.at,
        .who = request_.who,
        .host = request_.owner.host_id,
        .type = std::string(event_type::kLedgerRepaired),
        .details = to_details(repair, request_.reason).dump(-1, ' ', false, Json::error_handler_t::replace)};
    const auto appended = ledger.value()->append(ledger.value()->position(), std::move(event));
    if (!appended) return appended.error();
  }
  std::error_code failure;
  const auto left = fs::file_size(database_path(workshop_) + "-wal", failure);
  if (!failure && left > 0) {
    return ledger_failure(ledger_error::kIo, "the log of the new ledger in " + workshop_ +
                                                 " could not be emptied; make room there and try again");
  }
  return sync_folder(workshop_);
}

std::string Repairer::free_name_aside() const {
  const std::string name = kAside + stamp_of(request_.at);
  for (int number = 1;; ++number) {
    const std::string candidate = number == 1 ? name : name + "-" + std::to_string(number);
    if (!exists(folder_ + "/" + candidate)) return candidate;
  }
}

// A repair that was cut short while the two changed places: the head is in its place, its database is not.
std::optional<LedgerRepair> Repairer::unfinished() const {
  if (exists(head_path(workshop_)) || !exists(database_path(workshop_))) return std::nullopt;
  const auto head = LedgerHead::read(folder_);
  if (!head) return std::nullopt;
  std::optional<LedgerEvent> last;
  const auto made = salvage_events(workshop_, [&last](const LedgerEvent& event) {
    last = event;
    return Result<void>();
  });
  if (!made || !last || last->hash != head.value().hash) return std::nullopt;
  // A workshop whose head was not made yet holds the old ledger's own events, which the old head may name.
  if (last->type != event_type::kLedgerRepaired) return std::nullopt;
  LedgerRepair begun = from_details(last->details);
  if (begun.moved_to.empty()) return std::nullopt;
  return begun;
}

Result<void> Repairer::keep_old_head(const std::string& aside) const {
  if (auto made = make_folder_at(aside); !made) return made;
  const std::string kept = aside + "/ledger.head";
  const bool linked = ::link(head_path(folder_).c_str(), kept.c_str()) == 0;
  if (!linked && errno != ENOENT) return cannot("keep as " + kept, head_path(folder_), errno);
  return sync_folder(aside);
}

Result<void> Repairer::change_places(const LedgerRepair& repair) const {
  const std::string aside = folder_ + "/" + repair.moved_to;
  if (auto kept = keep_old_head(aside); !kept) return kept;
  reached("old head kept");
  if (auto moved = move_file(head_path(workshop_), head_path(folder_)); !moved) return moved;
  if (auto synced = sync_folder(folder_); !synced) return synced;
  reached("head in place");
  return finish(aside);
}

Result<void> Repairer::finish(const std::string& aside) const {
  if (auto made = make_folder_at(aside); !made) return made;
  for (const char* const file : kDatabaseFiles) {
    const std::string old = folder_ + "/" + file;
    if (!exists(old)) continue;
    if (auto moved = move_file(old, aside + "/" + file); !moved) return moved;
    reached(file);
  }
  if (auto synced = sync_folder(aside); !synced) return synced;
  if (auto synced = sync_folder(folder_); !synced) return synced;
  reached("old files kept");
  if (auto moved = move_file(database_path(workshop_), database_path(folder_)); !moved) return moved;
  if (auto synced = sync_folder(folder_); !synced) return synced;
  reached("database in place");
  return remove_folder(workshop_);
}

}  // namespace

bool can_be_repaired(std::string_view code) {
  constexpr std::array kCodes{
      ledger_error::kHeadMissing,   ledger_error::kHeadDamaged,   ledger_error::kLedgerMissing,
      ledger_error::kLedgerBehind,  ledger_error::kLedgerDiffers, ledger_error::kLedgerAltered,
      ledger_error::kLedgerDamaged, ledger_error::kLedgerSetBack, ledger_error::kLedgerRewritten};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

Result<std::optional<LedgerRepair>> repair_ledger(const LedgerRepairRequest& request) {
  EXO_CHECK(!request.reason.empty());
  return Repairer(request).repair();
}

}  // namespace exo
