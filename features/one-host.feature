Feature: one host at a time

  As an operator who starts exo where it runs already, or where it hangs
  I want one host to have the environment, and to be able to put mine in its place
  So that no script ever runs twice at once, and no dead host stands in the way.

  Rules
  - A second host names the first and exits, and says how to take its place.
  - `--take-over` ends the first, also one that is stopped and answers nobody, and everything that it has started; only
    then is anything started. The ledger says whose place was taken.
  - A host that lost its ledger while it slept starts nothing and records nothing when it wakes.

  Scenario: a second host says how to take the place of the first
    Given the service greeter@0.0.1
    When exo runs the application
    And exo is started a second time on the same application
    Then the second exo run exits with code 1, names the first and offers --take-over
    And 3 greetings are all answered by version 0.0.1

  Scenario Outline: taking over a host <that>
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And <what happened>
    And exo is started with --take-over
    Then the first exo run has ended, <how>
    And no process of the first exo run is left when the second has begun
    And one process runs the offline script of greeter@0.0.1, and waits for its signal
    When the signal for the offline script is given
    Then exo run is ready
    And greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline begins, offline ends"
    And the history says attempt-interrupted for the offline phase of greeter@0.0.1 1 time
    And the history says that the second host took the place of the first, <how>

    Examples:
      | that                          | what happened                        | how     |
      | that runs                     | exo run goes on                      | stopped |
      | that is stopped               | the host is stopped                  | killed  |
      | that is stopped as its keeper | the host and its keeper are stopped  | killed  |

  Scenario: --take-over where no host runs
    Given the service greeter@0.0.1
    When exo is started with --take-over
    Then exo run is ready
    And 3 greetings are all answered by version 0.0.1

  Scenario: --take-over with an application that is not in order takes nothing over
    Given the service greeter@0.0.1
    When exo runs the application
    And the developer writes a mistake into application.yml
    And exo is started with --take-over
    Then the second exo run exits with code 1 and names application.yml
    And the first exo run still runs

  # Its locks were deleted, so that the second cannot know of it: only the ledger's epoch stands between them.
  Scenario: a host that sleeps while another takes its ledger
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    And the host is stopped
    And somebody deletes .exo/local/ledger.lock
    And somebody deletes .exo/local/keeper.lock
    And exo is started a second time on the same application
    Then the second exo run has the ledger, and waits for the script of the first
    When an instance of the first exo run is killed
    And the first exo run is woken
    Then the first exo run exits with code 1, since another host has its ledger
    And it has started nothing since it slept, and recorded nothing
    And one process runs the offline script of greeter@0.0.1, and waits for its signal
    When the signal for the offline script is given
    Then exo run is ready
    And the visits are "offline begins, offline begins, offline ends"

  Scenario: locks that came back with a restored backup keep nobody out
    Given the service greeter@0.0.1
    When exo runs the application
    And ledger.lock, keeper.lock and the locks of runs are backed up while it runs
    And exo run is stopped with SIGINT
    And that backup is restored
    And exo runs the application again
    Then 3 greetings are all answered by version 0.0.1
    When exo is started a second time on the same application
    Then the second exo run exits with code 1 and names the first

  Scenario: locks that are restored under a host that runs let nobody in beside it
    Given the service greeter@0.0.1
    When exo runs the application
    And ledger.lock, keeper.lock and the locks of runs are backed up while it runs
    And that backup is restored
    And exo is started a second time on the same application
    Then the second exo run exits with code 1 and names the first
    And 3 greetings are all answered by version 0.0.1
