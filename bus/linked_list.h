// Lists of records that somebody else owns.
#pragma once

#include <cstddef>

#include "base/check.h"

namespace exo::routing {

// A record's place in one list. A record is in at most one list for each Link that it has.
template <typename T>
struct Link {
  T* previous = nullptr;
  T* next = nullptr;
  bool linked = false;
};

// A doubly linked list through the member kLink of its records; allocates nothing and owns nothing. A record
// must be taken out before it goes. One thread.
template <typename T, Link<T> T::*kLink>
class LinkedList {
 public:
  LinkedList() = default;
  LinkedList(const LinkedList&) = delete;
  LinkedList& operator=(const LinkedList&) = delete;

  bool empty() const { return first_ == nullptr; }
  std::size_t size() const { return size_; }
  // Null when the list is empty, or where the record is the last or first one.
  T* front() const { return first_; }
  T* back() const { return last_; }
  static T* next(const T& record) { return (record.*kLink).next; }
  static T* previous(const T& record) { return (record.*kLink).previous; }
  static bool contains_link(const T& record) { return (record.*kLink).linked; }

  void push_back(T& record) { insert_after(last_, record); }

  // Puts the record behind `before`, or first where that is null.
  void insert_after(T* before, T& record) {
    Link<T>& link = record.*kLink;
    EXO_CHECK(!link.linked);
    T* after = before ? (before->*kLink).next : first_;
    link = {before, after, true};
    (before ? (before->*kLink).next : first_) = &record;
    (after ? (after->*kLink).previous : last_) = &record;
    ++size_;
  }

  void remove(T& record) {
    Link<T>& link = record.*kLink;
    EXO_CHECK(link.linked);
    (link.previous ? (link.previous->*kLink).next : first_) = link.next;
    (link.next ? (link.next->*kLink).previous : last_) = link.previous;
    link = {};
    --size_;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace exo::routing
