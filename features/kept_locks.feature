Feature: locks outlive the host that gave them out

  As a developer whose services guard what they share by locks
  I want a service to hold its lock on while exo is replaced, or has been killed
  So that no other service gets it meanwhile, and what one that was cut off still writes is refused.

  Rules
  - A service that comes in again says which locks it has. The next host gives out none before all services that it has
    found again have come in, or ended.
  - With the same host a service gets back what it had, if nobody was given it since. Else it is told that it is lost.
  - A store that keeps the numbers of locks refuses what a former holder writes, whatever that believes.

  Scenario Outline: the host is killed while a service in <language> holds a lock
    Given the services vault and rival, and warden in <language>
    When exo hosts the application
    And warden takes the lock "accounts"
    And the host alone is killed
    And exo hosts the application again
    Then warden holds the lock still, with the number that it had
    And rival does not get the lock, since "warden has it"
    When warden gives its lock back
    Then rival gets the lock, with a higher number

    Examples:
      | language   |
      | JavaScript |
      | Python     |

  Scenario: no lock is given out before its holder had the chance to say that it has one
    Given the services vault, warden and rival
    When exo hosts the application
    And warden takes the lock "accounts"
    And warden is stopped with SIGSTOP
    And the host alone is killed
    And exo begins to host the application
    Then rival does not get the lock, since "neither come in again nor ended"
    When warden goes on
    Then warden holds the lock still, with the number that it had
    And rival does not get the lock, since "warden has it"

  Scenario: a holder that has ended is not waited for
    Given the services vault, warden and rival
    When exo hosts the application
    And warden takes the lock "accounts"
    And warden is stopped with SIGSTOP
    And the host alone is killed
    And exo begins to host the application
    Then rival does not get the lock, since "neither come in again nor ended"
    When warden is killed
    Then rival gets the lock, with a higher number

  Scenario: a line that breaks costs no lock that nobody else wants
    Given the services vault and rival, and warden over a line that may break
    When exo hosts the application
    And warden takes the lock "accounts"
    And the line of warden breaks
    And the line of warden is mended
    Then warden holds the lock still, with the number that it had
    And rival does not get the lock, since "warden has it"

  Scenario: a holder that was cut off, and goes on
    Given the services vault and rival, and warden over a line that may break
    When exo hosts the application
    And warden takes the lock "accounts"
    And warden writes "first"
    And warden has seen that the lock is its own, and is about to write "stale"
    And warden is stopped with SIGSTOP
    And the line of warden breaks
    Then rival gets the lock, with a higher number
    When rival writes "second"
    And the line of warden is mended
    And warden goes on, and writes
    Then the vault has refused it, and warden has heard that its lock is lost
    And the vault holds "first" and "second"
