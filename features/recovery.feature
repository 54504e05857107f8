Feature: what happened while no host could record it

  As somebody whose host was killed in the middle of a rollout
  I want the next one to find out how each attempt really ended
  So that I read why a script failed, and not only that somebody was away.

  Rules
  - The keeper records how each process ended, whether its host is there or not.
  - An attempt that failed by itself while its host was there to be told has failed. One that was ended with its host is
    interrupted, effect unknown; what the keeper saw of it is told all the same.

  Scenario: a script that failed while its host was stopped
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase exits with code 3 once it may
    When exo begins to run the application
    And the offline script of greeter@0.0.1 is running
    And the visits become "offline begins"
    And the host is stopped
    And the script may exit, and has done so
    And the host is killed with SIGKILL
    And exo runs the application
    Then exo run tells "offline phase failed (attempt 1) while no host could record it"
    And the history tells of the attempt-failed of greeter@0.0.1 with "exit code 3", what it took and its last words
    And greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline begins, offline ends"

  Scenario: outside of local, nobody tries again what may be half done before a person says so
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase exits with code 3 once it may
    When exo is started in production
    And exo run tells "deployment-greeter-0.0.1: offline phase started"
    And the host is killed with SIGKILL
    And exo runs the application in production
    Then exo run tells "offline phase was interrupted (attempt 1), effect unknown"
    And exo run tells "exo script retry greeter@0.0.1 --reason TEXT --environment production"
    When somebody types "exo status --environment production"
    Then it says "interrupted"
    When somebody types "exo history --environment production"
    Then it says "attempt-started" of greeter@0.0.1 1 time
    When somebody types "exo script retry greeter@0.0.1 --environment production --reason looked"
    Then exo run tells "greeter@0.0.1 is live"
    When somebody types "exo history --environment production"
    Then it says "attempt-started" of greeter@0.0.1 2 times

  Scenario: a script that was ended with its host
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And the host is killed with SIGKILL
    And exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    Then the history tells of the attempt-interrupted of greeter@0.0.1 with "exit code 0", what it took and its last words
    When the signal for the offline script is given
    Then exo run is ready
