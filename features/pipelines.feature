Feature: exo in a pipeline

  As a machine that builds and ships software
  I want to bring in what I name, know how it went, and get a report that I can read
  So that a release that has failed does not look green.

  Rules
  - `exo run --only` brings in what is named and what that depends on, and leaves the rest alone.
  - `exo run --until-ready` stops by itself, with 0 exactly when every version is live.
  - `exo report` tells of every version and phase, for people, as JSON and in the format of JUnit.

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
