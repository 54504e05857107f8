Feature: the phases of a deployment script

  As a developer of a service version
  I want to write only the phases that my version needs
  So that a version that is operable right away meets traffic right away, and another one not before it is ready.

  Rules
  - The offline phase runs before the version meets traffic, the online phase after.
  - A phase without a handler is none; a version without a script goes live when it is ready.
  - A script runs only when its own version is introduced.

  Background:
    Given the services visits and signals

  Scenario: only an online phase
    Given the service greeter@0.0.1 with a deployment script whose online phase waits for the signal
    When exo begins to run the application
    And the online script of greeter@0.0.1 waits for its signal
    Then greeter@0.0.1 is finishing and its gate is open
    And its offline script is none
    And 3 greetings are all answered by version 0.0.1
    When the signal for the online script is given
    Then exo run is ready
    And greeter@0.0.1 is live and its gate is open
    And its online script is done

  Scenario: only an offline phase
    Given the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    Then greeter@0.0.1 is preparing and its gate is held
    When the signal for the offline script is given
    Then exo run is ready
    And greeter@0.0.1 is live and its gate is open
    And its offline script is done
    And its online script is none

  @smoke
  Scenario: no script at all
    Given the service greeter@0.0.1
    When exo runs the application
    Then greeter@0.0.1 is live and its gate is open
    And its offline script is none
    And its online script is none
    And 3 greetings are all answered by version 0.0.1

  Scenario: a script that hangs is ended, with everything that it has started
    Given the service greeter@0.0.1 with a deployment script whose online phase hangs
    And its script has at most one attempt of 30 s, of which 2 s may be quiet
    When exo runs the application
    Then greeter@0.0.1 is live and its gate is open
    And its online script is failed
    And no process of a deployment script is left
    And 3 greetings are all answered by version 0.0.1

  Scenario: the script of a version that was never introduced is skipped
    Given the service greeter@0.0.3
    And a deployment script of greeter@0.0.2 whose offline phase succeeds
    When exo runs the application
    Then greeter@0.0.3 is live and its gate is open
    And the history says script-skipped for greeter@0.0.2 1 time
    And the visits are ""
