Feature: deploying the todo-search service v0.0.2

  As somebody who searches for todos by any form of a word
  I want to find those that were there before
  So that I do not notice that another program answers.

  Scenario: some todos exist
    Given a todos service with the entries:
      | TITLE           |
      | buy some milk   |
      | milking the cow |
      | feed the cat    |
    And a todos-search service
    When the deployment script runs
    Then the todos-search service knows each document once
    And the todos-search service finds these documents for "milk":
      | TITLE           |
      | buy some milk   |
      | milking the cow |

  Scenario: nothing is there yet
    Given a todos service
    And a todos-search service
    When the deployment script runs
    Then the todos-search service knows no documents

  Scenario: the script is killed, and runs again
    Given a todos service with the entries:
      | TITLE |
      | one   |
      | two   |
      | three |
    And a todos-search service
    When the script is killed after 3 messages
    Then the todos-search service is held
    And the todos-search service knows 1 document
    When it runs again
    Then the todos-search service is live
    And the todos-search service knows each document once
