Feature: each service under a user of its own

  As the operator of services that I do not trust alike
  I want to run each under a Unix user of its own
  So that the system itself keeps one from the secrets and the data of another, and of exo.

  Rules
  - `user: NAME` in service.yml is whom its instances run as: user, groups, home. It takes root.
  - The deployment script of a version runs as the version's user, unless its folder says otherwise.
  - Such a service reads its own token and writes its own data; it reads nobody else's, and nothing of exo's.
  - Who has no `user` runs as exo itself.
  - exo refuses to start where a service could become root all the same, and names the command that mends it.

  Background:
    Given exo is run by root, in a folder that everybody may enter

  Scenario: a service runs as its user
    Given the service lodger with "user: nobody" in its service.yml
    And the service visits
    When exo runs the application
    Then lodger runs as nobody, with its groups and its home
    And lodger may read its own token
    And lodger may write its own data

  Scenario: a service may read nothing of exo and of other services
    Given the service lodger with "user: nobody" in its service.yml
    And the service greeter with "user: games" in its service.yml
    And the service visits
    When exo runs the application
    Then 3 greetings are all answered by version 0.0.1
    And lodger may not read .exo/local/key
    And lodger may not read .exo/local/bus
    And lodger may not read .exo/local/ledger.db
    And lodger may not read .exo/local/ledger.db-wal
    And lodger may not read .exo/local/ledger.head
    And lodger may not read .exo/local/keeper.jsonl
    And lodger may not list .exo
    And lodger may not list .exo/local
    And lodger may not list .exo/local/tokens
    And lodger may not list .exo/local/logs
    And lodger may not list .exo/local/data/visits
    And lodger may not list .exo/local/data/greeter
    And lodger may not read the tokens of 2 others
    And lodger may not read the environment of exo itself

  Scenario: a service that dies is started again as the same user
    Given the service lodger with "user: nobody" in its service.yml
    When exo runs the application
    And the instance of lodger@0.0.1 is killed with SIGKILL
    Then lodger@0.0.1 has an instance again, started 1 more time
    And lodger runs as nobody, with its groups and its home

  Scenario: nothing of another user outlives the host
    Given the service brood with "user: nobody" in its service.yml
    When exo runs the application
    And brood has a grandchild that ignores signals
    And the host is killed with SIGKILL
    Then no process of the application is left

  Scenario: a service that gets a user keeps its data, and closes what is exo's
    Given the service lodger
    When exo runs the application
    And lodger notes "older than its user"
    And exo run is stopped with SIGINT
    Given the service lodger with "user: nobody" in its service.yml
    When exo runs the application again
    Then lodger has noted "older than its user"
    And lodger may write its own data
    And lodger may not read .exo/local/ledger.db

  Scenario: a state that somebody else has made is not exo's to trust
    Given the service lodger
    When games runs the application for a while, in which lodger may write its own data
    Given the service lodger with "user: nobody" in its service.yml
    Then exo run exits with code 1 and exo check too, and both say ".exo: belongs to games"

  Scenario: a service that could put a state of its own in the place of exo's
    Given the service lodger with "user: nobody" in its service.yml
    When the application's folder belongs to nobody
    Then exo run exits with code 1 and exo check too, and both say "could put another in its place"
    When somebody types exo doctor
    Then it says "nothing keeps them from the rights of root"

  Scenario: what somebody lets root run without users of services stays theirs
    Given the service lodger
    When games runs the application for a while, in which lodger may write its own data
    And exo runs the application
    And exo run is stopped with SIGINT
    And games runs the application for a while, in which lodger may write its own data
    And exo runs the application
    Then lodger has noted "mine"

  Scenario: the kernel holds a service to its limits
    Given the service lodger with "{user: nobody, limits: {open-files: 123, processes: 2345, memory: 8GiB}}" in its service.yml
    When exo runs the application
    Then the kernel holds lodger to 123 files
    And the kernel holds lodger to 2345 processes
    And the kernel holds lodger to 8589934592 bytes

  Scenario Outline: the deployment script of a service with a user runs as <user>
    Given the service lodger with "user: nobody" in its service.yml
    And a deployment script of lodger@0.0.1 that leaves a file, <as>
    When exo runs the application
    Then the file that the script has left belongs to <user>

    Examples:
      | user   | as                           |
      | nobody | a single file                |
      | games  | a folder with "user: games"  |

  Scenario: what is said about trust
    Given the service lodger with "user: nobody" in its service.yml
    And the service visits
    When somebody types exo doctor
    Then it says "lodger@0.0.1 as nobody"
    And it says "As exo itself, which may do anything here, run: visits@0.0.1"
