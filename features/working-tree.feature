Feature: the working tree is never touched

  As a developer whose application is in git
  I want exo to change nothing that I have written
  So that every change that git sees is mine.

  Rules
  - No verb but init, add and script new changes anything outside of `.exo/`, which ignores itself; services and scripts
    that exo runs leave nothing behind either, as compiled Python.
  - The list below names every verb that there is.

  Scenario: every verb, while the application runs and after
    Given a copy of the example application
    And the application is committed to git
    When exo runs the application
    Then git sees no change in the application, nor after each of these:
      | verb       | arguments                                     | exits with |
      | status     |                                               | 0          |
      | status     | --json                                        | 0          |
      | history    |                                               | 0          |
      | logs       | exo todo --since 1h                           | 0          |
      | send       | todos.list --activity look-1                  | 0          |
      | trace      | look-1                                        | 0          |
      | key        | list                                          | 0          |
      | plan       |                                               | 0          |
      | script     | list                                          | 0          |
      | script     | retry todo-search@0.0.1 --reason look         | 1          |
      | check      |                                               | 0          |
      | doctor     |                                               | 0          |
      | completion | bash                                          | 0          |
      | run        |                                               | 1          |
    When exo run is stopped with SIGINT
    Then git sees no change in the application, nor after each of these:
      | verb       | arguments                                     | exits with |
      | status     |                                               | 0          |
      | history    | --json                                        | 0          |
      | logs       |                                               | 0          |
      | send       | todos.list                                    | 1          |
      | host       | --port web=any                                | 2          |
      | run        | --dry-run --only todo                         | 0          |
      | stop       |                                               | 1          |
      | service    | install --print                               | 0          |
      | tap        |                                               | 1          |
      | trace      | look-1                                        | 1          |
      | check      | --json                                        | 0          |
      | doctor     | --json                                        | 0          |
      | ledger     | verify                                        | 0          |
      | report     |                                               | 0          |
      | test       | todo-search@0.0.1                             | 0          |
      | script     | new todo-search@0.0.1                         | 1          |
      | script     | list --json                                   | 0          |
      | script     | rerun todo-search@0.0.1 --reason look         | 0          |
      | plan       | --json                                        | 0          |
      | baseline   | --reason look                                 | 0          |
      | build      |                                               | 0          |
      | artifact   | list                                          | 0          |
      | artifact   | show todo@0.0.1                               | 0          |
      | artifact   | verify todo@0.0.1                             | 0          |
      | data       | list                                          | 0          |
    And no verb was left out but init and add

  Scenario: keys for somebody who works elsewhere
    Given a copy of the example application
    And the application is committed to git
    When exo runs the application over TCP
    Then git sees no change in the application, nor after each of these:
      | verb       | arguments                                     | exits with |
      | key        | new anna                                      | 0          |
      | key        | new anna                                      | 2          |
      | key        | list                                          | 0          |
      | key        | remove anna                                   | 0          |
    And .exo/local/keys/anna.keys is for its owner alone

  Scenario: verbs that are asked wrongly
    Given a copy of the example application
    And the application is committed to git
    Then git sees no change in the application, nor after each of these:
      | verb       | arguments                                     | exits with |
      | status     | --environment ../elsewhere                    | 2          |
      | history    | --environment never-run                       | 0          |
      | logs       | nobody                                        | 1          |
      | send       | todos.list                                    | 1          |
      | completion | tcsh                                          | 2          |
      | plan       | --environment ../elsewhere                    | 2          |
      | script     | cancel todo-search@0.0.1 --reason look        | 1          |
      | baseline   | nobody --reason look                          | 2          |
      | init       |                                               | 1          |
      | add        | todo --lang js                                | 1          |
      | add        | new --lang cobol                              | 2          |
      | run        | --port nobody=1                               | 1          |
      | build      | nobody                                        | 2          |
      | artifact   | show nothing                                  | 1          |
      | data       | rm nobody --reason look                       | 1          |
