#include "ledger/sqlite_ledger.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/unsignalled_thread.h"
#include "ledger/chain.h"
#include "ledger/ledger_error.h"
#include "ledger/sqlite_event.h"
#include "ledger/sqlite_schema.h"

namespace exo {
namespace {

// A log longer than this is cut down once its content is in the database; it grows again when needed.
constexpr std::string_view kJournalSizeLimit = "PRAGMA journal_size_limit = 4194304";

// 0 for a file that is missing. By its name only: see SqliteDatabase about descriptors.
off_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

std::string log_path(const std::string& folder) {
  return database_path(folder) + "-wal";
}

bool is_missing(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) != 0 && errno == ENOENT;
}

std::string event_name(std::uint64_t sequence) {
  return "event " + std::to_string(sequence);
}

Error head_is_missing(const std::string& folder) {
  const std::string there = is_missing(database_path(folder)) ? log_path(folder) : database_path(folder);
  return ledger_failure(ledger_error::kHeadMissing,
                        head_path(folder) + " is missing, although " + there +
                            " is there: put back the ledger.head that belongs to it");
}

Error ledger_is_missing(const std::string& folder, const ChainEnd& head) {
  return ledger_failure(ledger_error::kLedgerMissing,
                        database_path(folder) + " is missing, although " + head_path(folder) + " names " +
                            event_name(head.sequence) + ": put back the newest ledger.db and ledger.db-wal");
}

Error ledger_is_behind(const std::string& folder, const ChainEnd& head, std::uint64_t position) {
  const std::string ends = position == 0 ? " holds no event" : " ends at " + event_name(position);
  return ledger_failure(
      ledger_error::kLedgerBehind,
      database_path(folder) + ends + ", although " + head_path(folder) + " names " +
          event_name(head.sequence) +
          ": the newest events are lost (was ledger.db-wal deleted, or an older copy restored?); put "
          "back the newest ledger.db and ledger.db-wal");
}

Error ledger_differs(const std::string& folder, const ChainEnd& head) {
  return ledger_failure(ledger_error::kLedgerDiffers,
                        event_name(head.sequence) + " of " + database_path(folder) + " is not the one that " +
                            head_path(folder) + " names: put back files that belong together");
}

Error file_is_gone(const std::string& path) {
  return ledger_failure(
      ledger_error::kRemoved,
      path +
          " was deleted, moved or replaced under this host, so nothing can be recorded or decided any "
          "more: put back what was moved before the next start; where nothing is left of the ledger, the "
          "next host begins an empty one and runs every deployment script again");
}

Error position_mismatch(std::uint64_t expected, std::uint64_t position) {
  return ledger_failure(
      ledger_error::kPositionMismatch,
      "the ledger is at position " + std::to_string(position) + ", not " + std::to_string(expected));
}

}  // namespace

std::string database_path(const std::string& folder) {
  return folder + "/ledger.db";
}

SqliteLedger::SqliteLedger(std::string folder) : folder_(std::move(folder)) {}

SqliteLedger::~SqliteLedger() = default;

Result<std::unique_ptr<SqliteLedger>> SqliteLedger::open(const Options& options) {
  std::unique_ptr<SqliteLedger> ledger(new SqliteLedger(options.folder));
  if (auto opened = ledger->open_for_writing(options); !opened) return ledger->explained(opened.error());
  return ledger;
}

Result<void> SqliteLedger::open_for_writing(const Options& options) {
  auto ownership = Ownership::acquire(folder_, options.owner);
  if (!ownership) return ownership.error();
  ownership_.emplace(std::move(ownership).value());
  if (auto head = open_or_create_head(options); !head) return head;
  if (auto database = open_database(); !database) return database;
  auto end = check_all(options.replayed);
  if (!end) return end.error();
  end_ = end.value();
  if (auto raised = raise_epoch(options.owner); !raised) return raised;
  if (auto brought = bring_up_head(); !brought) return brought;
  database_.empty_log_on_close();
  places_ = {ownership_->place(), FilePlace(head_path(folder_)), FilePlace(database_path(folder_)),
             FilePlace(log_path(folder_))};
  return prepare_statements();
}

// The head is made before the database, so a crash cannot leave a database without a head.
Result<void> SqliteLedger::open_or_create_head(const Options& options) {
  auto head = LedgerHead::open(folder_);
  if (!head && head.error().code == ledger_error::kHeadMissing) {
    if (size_of(database_path(folder_)) > 0 || size_of(log_path(folder_)) > 0)
      return head_is_missing(folder_);
    if (const auto allowed = options.may_begin ? options.may_begin() : Result<void>(); !allowed)
      return allowed;
    head = LedgerHead::create(folder_);
  }
  if (!head) return head.error();
  head_.emplace(std::move(head).value());
  if (head_->end().sequence > 0 && is_missing(database_path(folder_))) {
    return ledger_is_missing(folder_, head_->end());
  }
  if (head_->was_torn()) {
    notices_.push_back("one slot of " + head_path(folder_) + " was torn; the other one counts");
  }
  return {};
}

Result<void> SqliteLedger::open_database() {
  if (auto opened = database_.open(database_path(folder_), SqliteMode::kReadWrite); !opened) return opened;
  const auto schema = inspect_schema(database_);
  if (!schema) return schema.error();
  const bool is_new = schema.value() == SchemaState::kEmpty;
  if (is_new && head_->end().sequence > 0) return ledger_is_behind(folder_, head_->end(), 0);
  const auto mode = database_.query_text("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  if (mode.value() != "wal") {
    return ledger_failure(ledger_error::kIo,
                          database_path(folder_) + " is on a file system without shared memory");
  }
  for (const std::string_view pragma : {std::string_view("PRAGMA synchronous = FULL"), kJournalSizeLimit}) {
    if (auto set = database_.execute(std::string(pragma)); !set) return set;
  }
  return is_new ? create_schema(database_) : Result<void>();
}

// The structure by a connection and a thread of their own, while this one walks along the chain.
Result<ChainEnd> SqliteLedger::check_all(const std::function<void(const LedgerEvent&)>& take) const {
  Result<void> sound;
  std::thread structure = start_unsignalled_thread([&] {
    SqliteDatabase database;
    sound = database.open(database_path(folder_), SqliteMode::kReadOnly);
    if (sound) sound = check_structure(database, "PRAGMA quick_check(1)");
  });
  auto end = walk_chain(head_->end(), take);
  structure.join();
  if (!sound) return sound.error();
  return end;
}

Result<void> SqliteLedger::check_structure(const SqliteDatabase& database, const std::string& pragma) const {
  const auto finding = database.query_text(pragma);
  if (!finding) return finding.error();
  if (finding.value() == "ok") return {};
  std::string text = finding.value();  // SQLite's own, of several lines
  std::replace(text.begin(), text.end(), '\n', ' ');
  return ledger_failure(ledger_error::kLedgerDamaged, database_path(folder_) + ": " + text);
}

// A database that was cut off may look as if only its newest events were missing.
Error SqliteLedger::or_damage(const Error& fault) const {
  const auto sound = check_structure(database_, "PRAGMA quick_check(1)");
  return !sound && sound.error().code == ledger_error::kLedgerDamaged ? sound.error() : fault;
}

Result<ChainEnd> SqliteLedger::walk_chain(const ChainEnd& head,
                                          const std::function<void(const LedgerEvent&)>& take) const {
  auto rows = database_.prepare("SELECT " + std::string(kEventColumns) + " FROM events ORDER BY sequence");
  if (!rows) return rows.error();
  ChainEnd end;
  LedgerEvent event;
  for (;;) {
    const auto row = rows.value().step();
    if (!row) return row.error();
    if (!row.value()) break;
    read_event(rows.value(), event);
    if (auto linked = check_link(end, event); !linked) return linked.error();
    end = chain_end(event);
    if (end.sequence == head.sequence && end.hash != head.hash) return ledger_differs(folder_, head);
    if (take) take(event);
  }
  if (end.sequence < head.sequence) return ledger_is_behind(folder_, head, end.sequence);
  return end;
}

// A lost log can take an epoch with it, which the head and the last event still know.
Result<void> SqliteLedger::raise_epoch(const Owner& owner) {
  const auto newest = database_.query_number("SELECT max(epoch) FROM epochs");
  if (!newest) return newest.error();
  epoch_ = std::max({newest.value(), head_->end().epoch, end_.epoch}) + 1;
  auto insert =
      database_.prepare("INSERT INTO epochs(epoch, host, pid, machine, since) VALUES (?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  insert.value().bind(0, epoch_);
  insert.value().bind(1, owner.host_id);
  insert.value().bind(2, static_cast<std::uint64_t>(owner.pid));
  insert.value().bind(3, owner.machine);
  insert.value().bind(4, owner.since);
  return insert.value().run();
}

// Written even when the position is the same: it holds the epoch too, and shows that it can be written.
Result<void> SqliteLedger::bring_up_head() {
  if (head_->end().sequence < end_.sequence) {
    notices_.push_back(head_path(folder_) + " named " + event_name(head_->end().sequence) +
                       ", the ledger ends at " + event_name(end_.sequence) +
                       " (a crash between the two): the head was brought up");
  }
  return head_->advance({.sequence = end_.sequence, .epoch = epoch_, .hash = end_.hash});
}

Result<void> SqliteLedger::prepare_statements() {
  auto insert = prepare_insert(database_);
  if (!insert) return insert.error();
  auto tail = database_.prepare("SELECT sequence, epoch, hash FROM events ORDER BY sequence DESC LIMIT 1");
  if (!tail) return tail.error();
  auto newest_epoch = database_.prepare("SELECT max(epoch) FROM epochs");
  if (!newest_epoch) return newest_epoch.error();
  insert_.emplace(std::move(insert).value());
  tail_.emplace(std::move(tail).value());
  newest_epoch_.emplace(std::move(newest_epoch).value());
  return {};
}

Result<std::unique_ptr<SqliteLedger>> SqliteLedger::open_for_reading(const std::string& folder) {
  if (is_missing(database_path(folder)) && is_missing(head_path(folder)) && size_of(log_path(folder)) == 0) {
    return ledger_failure(ledger_error::kAbsent,
                          "there is no ledger in " + folder + ": nothing was recorded yet");
  }
  // The head first: whatever it names is in the database by then.
  const auto head = LedgerHead::read(folder);
  if (!head && head.error().code == ledger_error::kHeadMissing) return head_is_missing(folder);
  if (!head) return head.error();
  const bool named = head.value().sequence > 0;
  if (named && is_missing(database_path(folder))) return ledger_is_missing(folder, head.value());
  const Error absent = ledger_failure(
      ledger_error::kAbsent, "the ledger in " + folder + " is only being made: nothing was recorded yet");
  if (is_missing(database_path(folder))) return absent;
  std::unique_ptr<SqliteLedger> ledger(new SqliteLedger(folder));
  if (auto opened = ledger->database_.open(database_path(folder), SqliteMode::kReadOnly); !opened) {
    return ledger->explained(opened.error());
  }
  const auto schema = inspect_schema(ledger->database_);
  if (!schema) return ledger->explained(schema.error());
  if (schema.value() == SchemaState::kEmpty)
    return named ? ledger_is_behind(folder, head.value(), 0) : absent;
  if (auto same = ledger->check_against_head(head.value()); !same) {
    return ledger->explained(ledger->or_damage(same.error()));
  }
  return ledger;
}

Result<void> SqliteLedger::check_against_head(const ChainEnd& head) {
  const auto position = database_.query_number("SELECT max(sequence) FROM events");
  if (!position) return position.error();
  end_.sequence = position.value();
  if (position.value() < head.sequence) return ledger_is_behind(folder_, head, position.value());
  if (head.sequence == 0) return {};
  auto row = database_.prepare("SELECT hash FROM events WHERE sequence = ?");
  if (!row) return row.error();
  row.value().bind(0, head.sequence);
  const auto found = row.value().step();
  if (!found) return found.error();
  if (!found.value() || row.value().digest(0) != head.hash) return ledger_differs(folder_, head);
  return {};
}

Result<LedgerEvent> SqliteLedger::append(std::uint64_t expected_position, LedgerEvent event) {
  if (!ownership_) {
    return ledger_failure(ledger_error::kReadOnly, "the ledger in " + folder_ + " is open for reading only");
  }
  if (auto checked = check_event(event); !checked) return checked.error();
  if (auto there = check_files(); !there) return there.error();
  if (unacknowledged_) {
    if (auto owner = check_epoch(); !owner) return explained(owner.error());
    const bool tried_again = expected_position == end_.sequence && same_content(*unacknowledged_, event);
    auto acknowledged = acknowledge();
    if (tried_again || !acknowledged) return acknowledged;
  }
  if (expected_position != end_.sequence) return position_mismatch(expected_position, end_.sequence);
  seal(event, end_, epoch_);
  EXO_CHECK(check_link(end_, event).ok());
  if (auto inserted = insert(event); !inserted) return explained(inserted.error());
  unacknowledged_ = std::move(event);
  return acknowledge();
}

Result<void> SqliteLedger::insert(const LedgerEvent& event) {
  SqliteTransaction transaction(database_);
  if (auto begun = transaction.begin(); !begun) return begun;
  // Within the transaction, so that both hold until it is committed.
  if (auto owner = check_epoch(); !owner) return owner;
  if (auto tail = check_tail(); !tail) return tail;
  bind_event(*insert_, event);
  if (auto inserted = insert_->run(); !inserted) return inserted;
  return transaction.commit();
}

Result<void> SqliteLedger::check_place() {
  if (!ownership_) return {};
  if (auto there = check_files(); !there) return there;
  if (auto owner = check_epoch(); !owner) return explained(owner.error());
  return {};
}

Result<void> SqliteLedger::check_files() {
  const auto gone =
      std::find_if(places_.begin(), places_.end(), [](const FilePlace& place) { return !place.is_kept(); });
  if (gone == places_.end()) return {};
  if (auto owner = check_epoch(); !owner) return explained(owner.error());
  return file_is_gone(gone->path());
}

// Nobody else has taken the ledger over.
Result<void> SqliteLedger::check_epoch() {
  const auto has_epoch = newest_epoch_->step();
  if (!has_epoch) return has_epoch.error();
  const std::uint64_t newest = newest_epoch_->number(0);
  newest_epoch_->reset();
  if (newest == epoch_) return {};
  return ledger_failure(ledger_error::kEpochStale, "the ledger in " + folder_ +
                                                       " was taken over by another host (epoch " +
                                                       std::to_string(newest) + ", this host has epoch " +
                                                       std::to_string(epoch_) + "): end this host");
}

// Nobody else has written into the ledger.
Result<void> SqliteLedger::check_tail() {
  const auto has_event = tail_->step();
  if (!has_event) return has_event.error();
  ChainEnd tail;
  if (has_event.value())
    tail = {.sequence = tail_->number(0), .epoch = tail_->number(1), .hash = tail_->digest(2)};
  tail_->reset();
  if (tail == end_) return {};
  return ledger_failure(ledger_error::kLedgerAltered, event_name(std::max(tail.sequence, end_.sequence)) +
                                                          " of " + database_path(folder_) +
                                                          " was not written by this host");
}

// The event is in the database; it counts when the head names it.
Result<LedgerEvent> SqliteLedger::acknowledge() {
  const ChainEnd end = chain_end(*unacknowledged_);
  if (auto advanced = head_->advance(end); !advanced) return advanced.error();
  end_ = end;
  LedgerEvent event = std::move(*unacknowledged_);
  unacknowledged_.reset();
  return event;
}

Result<std::vector<LedgerEvent>> SqliteLedger::read(std::uint64_t from_sequence, std::size_t limit) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - 1;
  const std::uint64_t from = std::clamp<std::uint64_t>(from_sequence, 1, kMost);
  auto rows = database_.prepare("SELECT " + std::string(kEventColumns) +
                                " FROM events WHERE sequence >= ? ORDER BY sequence LIMIT ?");
  if (!rows) return explained(rows.error());
  // With the one before, whose hash the first has to carry.
  rows.value().bind(0, from - 1);
  rows.value().bind(1, std::min<std::uint64_t>(limit, kMost) + (from > 1 ? 1 : 0));
  std::vector<LedgerEvent> events;
  std::optional<ChainEnd> end;
  if (from == 1) end.emplace();
  for (;;) {
    const auto row = rows.value().step();
    if (!row) return explained(row.error());
    if (!row.value()) break;
    LedgerEvent event;
    read_event(rows.value(), event);
    if (!end) end = ChainEnd{.sequence = from - 2, .hash = event.previous_hash};
    if (auto linked = check_link(*end, event); !linked) return explained(linked.error());
    end = chain_end(event);
    if (event.sequence >= from) events.push_back(std::move(event));
  }
  if (!ownership_ && end)
    end_ = std::max(end_, *end, [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  return events;
}

Result<void> SqliteLedger::verify() {
  // The head first: whatever it names is in the database by then.
  const auto head = LedgerHead::read(folder_);
  if (!head) return explained(head.error());
  if (auto sound = check_structure(database_, "PRAGMA integrity_check(1)"); !sound)
    return explained(sound.error());
  const auto end = walk_chain(head.value(), nullptr);
  if (!end) return explained(end.error());
  return {};
}

// An error that ends a user's attempt names the file; what is made without one gets it here.
Error SqliteLedger::explained(const Error& error) const {
  const bool named = error.message.find(folder_) != std::string::npos;
  std::string message = named ? error.message : database_path(folder_) + ": " + error.message;
  if (error.code == ledger_error::kLedgerDamaged) {
    message += "; put back copies of ledger.db, ledger.db-wal and ledger.head that were made together";
  }
  return Error{error.code, std::move(message)};
}

}  // namespace exo
