Feature: exo in a pipeline

  As a machine that builds and ships software
  I want to bring in what I name, know how it went, and get a report that I can read
  So that a release that has failed does not look green.

  Rules
  - `exo run --only` brings in what is named and what that depends on, and leaves the rest alone.
  - `exo run --until-ready` stops by itself, with 0 exactly when every version is live.
  - `exo report` tells of every version and phase, for people, as JSON and in the format of JUnit: of all rollouts, or of
    one.
  - `exo run --junit` and `--json` write the report of their own rollout, however it ends.

  Scenario: a part of the application
    Given the services visits, signals and greeter@0.0.1
    And the service greeter@0.0.2
    When exo run --only greeter@0.0.2,visits is ready
    Then exo status lists visits@0.0.1 and greeter@0.0.2 alone
    When exo run is stopped with SIGINT
    And exo run --only visit is started
    Then exo run exits with code 1, after it has said 'there is no service "visit"; did you mean "visits"?'

  Scenario: until every version is live
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose online phase succeeds
    When exo run --until-ready is started
    Then exo run exits with code 0, after it has said "stopping, since every version is live"
    And no process of the application is left

  Scenario: a version that fails
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase exits with code 3
    And its script has at most 2 attempts with pauses from 10 ms
    When exo run --until-ready is started
    Then exo run exits with code 1, after it has said "not every one is live"
    When somebody types exo report --junit junit.xml
    Then junit.xml is a JUnit report of 3 cases, 2 of them failed
    When somebody types exo report --json -
    Then the report says of greeter@0.0.1: failed, its offline phase failed in 2 attempts, saying "last words: no disk"
    When somebody types exo report
    Then it says "greeter@0.0.1 is failed"
    And it says "offline phase: failed, 2 attempts"

  Scenario: a run that fails writes the report of its rollout
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase exits with code 3
    And its script has at most 2 attempts with pauses from 10 ms
    When exo run --until-ready is started, and is to write junit.xml and report.json
    Then exo run exits with code 1, after it has said "not every one is live"
    And junit.xml is a JUnit report of 4 cases, 3 of them failed
    And report.json tells of rollout 1, in which visits@0.0.1 is live and greeter@0.0.1 is failed
    And report.json says that exo run ended with 1: "not every one is live"

  Scenario: a run that is interrupted writes the report of its rollout
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo run --until-ready is started, and is to write junit.xml and report.json
    And the offline script of greeter@0.0.1 waits for its signal
    And Ctrl-C is pressed
    Then exo run exits with code 1, after it has said "stopping"
    And junit.xml is a JUnit report of 5 cases, 3 of them failed
    And report.json tells of rollout 1, in which signals@0.0.1 is live and greeter@0.0.1 is interrupted
    And report.json says that exo run ended with 1: "stopped by a signal before every version was live"

  Scenario: a run that goes well, and one that serves until it is stopped, write reports too
    Given the services visits and greeter@0.0.1
    When exo run --until-ready is started, and is to write junit.xml and report.json
    Then exo run exits with code 0, after it has said "every version is live"
    And junit.xml is a JUnit report of 3 cases, 0 of them failed
    When exo run is started, and is to write junit.xml and report.json
    And exo run is ready
    And Ctrl-C is pressed
    Then exo run exits with code 0, after it has said "stopping"
    And junit.xml is a JUnit report of 1 case, 0 of them failed

  Scenario: a run that cannot begin writes a report that says why
    Given the services visits
    And visits@0.0.1 requires visits@0.0.7
    When exo run --until-ready is started, and is to write junit.xml and report.json
    Then exo run exits with code 1, after it has said "visits@0.0.7"
    And junit.xml is a JUnit report of 1 case, 1 of them failed
    And report.json says that exo run ended with 1: "visits-0.0.1/service.yml:"
    When somebody types exo run --environment a/b --junit junit.xml --json report.json
    Then it ends with code 2, saying "a/b"
    And junit.xml is a JUnit report of 1 case, 1 of them failed
    And report.json says that exo run ended with 2: "a/b"
    When somebody types exo run --junit /proc/no-such/junit.xml
    Then it ends with code 1, saying "cannot write '/proc/no-such/junit.xml'"
    When somebody types exo run --junit same --json ./same
    Then it ends with code 2, saying "--junit and --json both name './same'"
    When somebody types exo run --junit -
    Then it ends with code 2, saying "name a file for its report"

  Scenario: reports of earlier rollouts
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase exits with code 3
    And its script has at most 2 attempts with pauses from 10 ms
    When somebody types exo report --rollout last
    Then it ends with code 1, saying "there was no rollout here yet"
    When exo run --until-ready is started
    Then exo run exits with code 1, after it has said "not every one is live"
    When the developer mends the script of greeter@0.0.1, so that its offline phase succeeds
    And exo run --until-ready is started
    Then exo run exits with code 0, after it has said "every version is live"
    When somebody types exo report --list
    Then it says ", stopped: visits@0.0.1 live, greeter@0.0.1 failed"
    And it says ", stopped: greeter@0.0.1 live"
    When somebody types exo report --rollout 1
    Then it says "greeter@0.0.1 is failed"
    And it says "offline phase: failed, 2 attempts"
    When somebody types exo report --rollout 2
    Then it says "offline phase: done, 1 attempt"
    When somebody types exo report --rollout 1 --junit junit.xml --json report.json
    Then junit.xml is a JUnit report of 3 cases, 2 of them failed
    And report.json tells of rollout 1, in which visits@0.0.1 is live and greeter@0.0.1 is failed
    When somebody types exo report --rollout last --junit junit.xml
    Then junit.xml is a JUnit report of 2 cases, 0 of them failed
    When somebody types exo report --list --json list.json
    Then list.json lists 2 rollouts, each of which exo report tells by its host
    When somebody types exo report --rollout 9
    Then it ends with code 2, saying "name one by its number, from 1 to 2"
    When somebody types exo report --list --rollout 1
    Then it ends with code 2

  Scenario: of a host that was killed
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And somebody types exo report --list
    Then it says ", under way: visits@0.0.1 live, signals@0.0.1 live, greeter@0.0.1 under way"
    When the host is killed with SIGKILL
    And somebody types exo report --list
    Then it says ", lost: visits@0.0.1 live, signals@0.0.1 live, greeter@0.0.1 interrupted"

  Scenario: a report while the application runs
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose online phase succeeds
    When exo runs the application
    And somebody types exo report --junit junit.xml --json report.json
    Then junit.xml is a JUnit report of 4 cases, 0 of them failed

  Scenario: a script is killed on purpose in local alone
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    When exo run --environment staging --kill-script greeter@0.0.1=1 is started
    Then exo run exits with code 1, after it has said '--kill-script is for tests'
    When exo run --kill-script greeter@0.0.1=1 is ready
    Then greeter@0.0.1 is failed, its gate is held and its offline script is failed
    And the history says attempt-started for greeter@0.0.1 1 times
    When exo runs the application again
    Then greeter@0.0.1 is live and its gate is open

  Scenario: a host whose starter ends
    Given the services visits
    When a program starts exo run --with-parent, and is killed
    Then no process of the application is left
