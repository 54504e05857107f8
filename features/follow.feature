Feature: writes during the copy

  As a developer whose new version needs the data of the one before
  I want what production writes while the script copies to reach the new version, too
  So that nothing is missing when it takes over, and nobody has to stop writing.

  Rules
  - A script follows commands: each is recorded, durably, before the version that serves gets it.
  - When the script is done, what was recorded is replayed to its version, in order; then the gate opens.
  - Nothing is lost by a crash of the script or the host; a rollout that fails gives production back what waited.
  - The version that serves goes on, and nobody else waits.

  Background:
    Given the services signals
    And register@1.0.0
    When exo runs the application
    And register holds 1200 records
    And register@2.0.0
    And its script, which copies every record from 1.0.0 and follows register.put

  @smoke
  Scenario: a version is filled while the old one is written to
    When exo is stopped and begins to run the application again
    And a client begins to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 400 more
    And the signal for the offline script is given
    Then exo run is ready
    When register@2.0.0 acknowledges what the client puts
    And the client has put 100 more
    And the client stops
    Then no write of the client was refused
    And every write of the client was answered by 1.0.0 before 2.0.0 and only by it after
    And register@2.0.0 holds what was put, nothing missing and nothing twice
    And each write came to register@2.0.0 once, in the order in which the client put them
    And the history says that what was followed is replayed
    And no log of followed commands is left

  Scenario: the script is killed in the middle
    When exo is stopped and begins to run the application again
    And a client begins to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 200 more
    And the process of the script is killed with SIGKILL
    And the client has put 200 more
    And the signal for the offline script is given
    Then exo run is ready
    When register@2.0.0 acknowledges what the client puts
    And the client stops
    Then no write of the client was refused
    And register@2.0.0 holds what was put, nothing missing and nothing twice
    And the history says attempt-failed for register@2.0.0 1 time

  Scenario: the host is killed in the middle of the copy
    When exo is stopped and begins to run the application again
    And a client begins to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 400 more
    And the host is killed with SIGKILL
    And the client stops because its host is gone
    And exo begins to run the application
    And a client goes on to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 200 more
    And the signal for the offline script is given
    Then exo run is ready
    When register@2.0.0 acknowledges what the client puts
    And the client stops
    Then no write of the client was refused
    And register@2.0.0 holds what was put, nothing missing and nothing twice
    And the history says follow-started for register@2.0.0 1 time
    And the history says attempt-interrupted for register@2.0.0 1 time

  Scenario: the host is killed in the middle of the copy, and the next one in the middle of the replay
    Given register@2.0.0, which never answers the 150th write that comes to it by the replay
    When exo is stopped and begins to run the application again
    And a client begins to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 200 more
    And the host is killed with SIGKILL
    And the client stops because its host is gone
    And exo begins to run the application
    And a client goes on to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 200 more
    And the signal for the offline script is given
    And register@2.0.0 holds the 150th write of the replay
    And the host is killed with SIGKILL
    And the client stops because its host is gone
    And exo begins to run the application
    And a client goes on to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 200 more
    And the signal for the offline script is given
    Then exo run is ready
    When register@2.0.0 acknowledges what the client puts
    And the client has put 100 more
    And the client stops
    Then no write of the client was refused
    And register@2.0.0 holds what was put, nothing missing and nothing twice
    And the history says follow-started for register@2.0.0 1 time
    And the history says attempt-interrupted for register@2.0.0 2 times
    And the history says that what was followed is replayed
    And no log of followed commands is left

  Scenario: a handler of the version that serves never ends
    When exo is stopped and begins to run the application again
    And the offline script of register@2.0.0 waits for its signal
    And register@1.0.0 is at work on a put that it never answers, with a deadline of 8000 ms
    And a client begins to put 20 records a second, each with a deadline of 2000 ms
    And the client has put 15 more
    And the signal for the offline script is given
    Then exo run is ready
    When register@2.0.0 acknowledges what the client puts
    And the client stops
    Then no write of the client was refused
    And register@2.0.0 holds what was put, nothing missing and nothing twice

  Scenario: what was recorded is gone when the next host begins
    When exo is stopped and begins to run the application again
    And a client begins to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 200 more
    And the host is killed with SIGKILL
    And the client stops because its host is gone
    And the log of followed commands is deleted
    And exo begins to run the application
    Then register@2.0.0 is failed, its gate is held
    And exo run says that what the script of register@2.0.0 follows is lost, and what to do
    When exo is stopped and begins to run the application again
    And the offline script of register@2.0.0 waits for its signal
    And the signal for the offline script is given
    Then exo run is ready
    And register@2.0.0 holds what was put, nothing missing and nothing twice

  Scenario: a part of the application is brought in between
    When exo is stopped and begins to run the application again
    And a client begins to put 200 records a second
    And the offline script of register@2.0.0 waits for its signal
    And the client has put 200 more
    And the host is killed with SIGKILL
    And the client stops because its host is gone
    And exo run --only signals is ready
    Then exo status lists signals@0.0.1 alone
    And the history says follow-abandoned for register@2.0.0 0 times
    When exo is stopped and begins to run the application again
    And the offline script of register@2.0.0 waits for its signal
    And the signal for the offline script is given
    Then exo run is ready
    And register@2.0.0 holds what was put, nothing missing and nothing twice
    And the history says follow-started for register@2.0.0 1 time

  Scenario: a command that the new version fails
    Given register@2.0.0, which refuses values that begin with "value 99"
    And its script follows register.put in one attempt
    When exo is stopped and begins to run the application again
    And the offline script of register@2.0.0 waits for its signal
    And a client begins to put 200 records a second
    And the client has put 400 more
    And the signal for the offline script is given
    Then register@2.0.0 is failed, its gate is held
    And exo run says that register@2.0.0 failed because of "register@2.0.0 failed \"register.put\", record"
    When the client has put 100 more
    And the client stops
    Then no write of the client was refused
    And register@1.0.0 holds what was put, nothing missing and nothing twice
    And the history says follow-abandoned for register@2.0.0 1 time
    And no log of followed commands is left

  Scenario: a disk without room
    When exo is stopped and begins to run the application again
    And the offline script of register@2.0.0 waits for its signal
    And the host has no room to write
    Then a put with a deadline of 500 ms is refused as expired
    And exo run says that the commands which register@2.0.0 follows wait, and what to do
    When the host has room again
    Then a put of "later" is kept by 1.0.0 within 20000 ms

  Scenario Outline: mistakes in what is followed
    Given the settings of its script say "<text>" in line 3
    When somebody types exo check
    Then it exits with code 1 and says "deployment-scripts/register-2.0.0.yml:3: <fault>"

    Examples:
      | text                    | fault |
      | follow: [register.putt] | offline.follow[0]: register@2.0.0 does not receive \"register.putt\", so it could not be replayed; did you mean \"register.put\"?; it receives register.get, register.list and register.put |
      | follow: register.put    | offline.follow: \"register.put\": expected the commands that are recorded while the script runs, such as \"follow: [todo-search.add]\" |
      | folow: [register.put]   | offline.folow: unknown key; did you mean \"follow\"? |
