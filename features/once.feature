Feature: a deployment script runs once

  As a developer who ships data with a service version
  I want its deployment script to run exactly once in an environment
  So that restarts and crashes neither repeat it nor lose it.

  Rules
  - A phase that is recorded as done is not started again, whatever happens afterwards.
  - An attempt that was cut off by a crash is recorded as interrupted, effect unknown, and tried again in `local`.
  - What the script has sent counts, not what exo says about it: the visits' book shows each run.

  @smoke
  Scenario: it does not run again when exo is started again
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose online phase succeeds
    When exo runs the application
    And exo runs the application again
    And exo runs the application again
    Then greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline ends, online begins, online ends"
    And the history says attempt-done for the offline phase of greeter@0.0.1 1 time
    And the history says attempt-done for the online phase of greeter@0.0.1 1 time
    And the history says attempt-started for greeter@0.0.1 2 times

  Scenario Outline: the <process> is killed before the script has begun
    Given the services visits and signals
    And the service greeter@0.0.1 that starts only when it may
    And its deployment script whose offline phase succeeds
    When exo begins to run the application
    And the offline script of greeter@0.0.1 is pending
    And the <process> is killed with SIGKILL
    And greeter@0.0.1 may start
    And exo runs the application again
    Then greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline ends"
    And the history says attempt-started for greeter@0.0.1 1 time

    Examples:
      | process |
      | host    |
      | keeper  |

  Scenario Outline: the <process> is killed while the <phase> script runs
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose <phase> phase waits for the signal
    When exo begins to run the application
    And the <phase> script of greeter@0.0.1 waits for its signal
    And the <process> is killed with SIGKILL
    Then the <phase> script of greeter@0.0.1 is interrupted
    When exo begins to run the application
    And the <phase> script of greeter@0.0.1 waits for its signal
    And the signal for the <phase> script is given
    Then exo run is ready
    And greeter@0.0.1 is live and its gate is open
    And the visits are "<phase> begins, <phase> begins, <phase> ends"
    And the history says attempt-interrupted for the <phase> phase of greeter@0.0.1 1 time
    And the history says attempt-done for the <phase> phase of greeter@0.0.1 1 time

    Examples:
      | process | phase   |
      | host    | offline |
      | keeper  | offline |
      | host    | online  |
      | keeper  | online  |

  Scenario: why an attempt was interrupted is not why the one before it failed
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase says that it has failed
    And its script has at most one attempt of 60 s, of which 60 s may be quiet
    When exo runs the application
    And exo run is stopped with SIGINT
    And the developer mends the script of greeter@0.0.1, so that its offline phase waits for the signal
    And exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And the host is killed with SIGKILL
    Then exo status shows greeter@0.0.1 interrupted in attempt 2, because "the host ended while it ran"
    And exo status does not speak of "no backup was found"

  Scenario Outline: the <process> is killed after the script
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose online phase succeeds
    When exo runs the application
    And the <process> is killed with SIGKILL
    And exo runs the application again
    Then greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline ends, online begins, online ends"
    And the history says attempt-started for greeter@0.0.1 2 times

    Examples:
      | process |
      | host    |
      | keeper  |
