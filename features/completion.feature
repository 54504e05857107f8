Feature: the shell completes what is typed

  As somebody at a command line
  I want Tab to finish verbs, options and the words of my application
  So that I type little and nothing wrong.

  Rules
  - `exo completion SHELL` prints what bash, zsh or fish needs.
  - What fits is what --help shows; roles, versions, runs and messages are those of the application.

  Scenario Outline: Tab in <shell>
    Given the services talker, visits and greeter@0.0.1
    And the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    And the service page
    When exo runs the application
    And somebody opens <shell> with exo's completion in the application's folder
    Then Tab completes:
      | typed                           | becomes                              |
      | exo sta                         | exo status                           |
      | exo logs --fol                  | exo logs --follow                    |
      | exo logs talker@                | exo logs talker@0.0.1                |
      | exo logs talker greeter-0.0.2-o | exo logs talker greeter-0.0.2-offline-1 |
      | exo logs -e lo                  | exo logs -e local                    |
      | exo send greeter.gr             | exo send greeter.greet               |
      | exo send visits.list --version 0.0.2 --act | exo send visits.list --version 0.0.2 --activity |
      | exo run --port pa               | exo run --port page=                 |
      | exo status deployment-s         | exo status deployment-scripts/       |
      | exo completion z                | exo completion zsh                   |
      | exo tap --ro                    | exo tap --role                       |
      | exo tap --role talk             | exo tap --role talker                |
      | exo tap --name greeter.gr       | exo tap --name greeter.greet         |
      | exo tra                         | exo trace                            |

    Examples:
      | shell |
      | bash  |
      | zsh   |
      | fish  |

  Scenario: without an application
    Then exo --complete logs, and then nothing typed, prints nothing
    And exo --complete, and then nothing typed, prints every verb that exo --help names

  Scenario: a shell that there is no completion for
    When somebody types exo completion fihs
    Then it ends with code 2, saying "did you mean "fish"?"
