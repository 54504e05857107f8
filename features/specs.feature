@throw-away
Feature: deployment scripts have specs of their own

  As a developer who writes a deployment script
  I want to say in plain words what it is to do, and have that tried
  So that it does so on production's data the first time.

  Rules
  - `exo test` runs the specs beside the scripts with exo's own steps: the application needs no code for them.
  - Each scenario has an environment of its own with just the services that it names; nothing of it is left behind.
  - A script can be killed after so many messages, always after the same ones.
  - A failure tells the scenario, the step, and the script's last lines, and leaves its logs.
  - A mistake in the file of nouns is told with its line, and a script that is missing with what makes it.

  @smoke
  Scenario: the source document's spec, word for word
    Given a copy of the example application
    And the spec of todo-search-0.0.1 is todo-search-deployment.feature
    And the application is committed to git
    When somebody types exo test todo-search@0.0.1
    Then it has ended with code 0 and says "1 passed, 0 failed"
    And it tells that the scenario "some todos exist" has passed
    And nothing of exo test is left
    And git sees no change in the application

  Scenario: the specs of the example application
    Given a copy of the example application
    When somebody types exo test --junit junit.xml --json cucumber.json
    Then it has ended with code 0 and says "5 passed, 0 failed"
    And junit.xml is a JUnit report of 5 cases, 0 of them failed
    And cucumber.json names the scenario "the script is killed, and runs again"
    And nothing of exo test is left

  Scenario: a script that forgets something
    Given a copy of the example application
    And the script of todo-search@0.0.1 passes over the todo "one"
    When somebody types exo test todo-search@0.0.1 --name 'some todos exist' --junit reports/junit.xml
    Then it has ended with code 1 and says "0 passed, 1 failed"
    And it tells that the scenario "some todos exist" has failed
    And it says:
      """
      ✗ the todos-search service knows about these documents:  (deployment-scripts/todo-search-0.0.1.feature:14)
                the documents of the todos-search service are not those:
                missing:
                  one
      """
    And reports/junit.xml is a JUnit report of 1 case, 1 of them failed
    And nothing of exo test is left

  Scenario: a script that tells its receiver twice
    Given a copy of the example application
    And the script of todo-search@0.0.1 gives each todo an id of its own
    When somebody types exo test todo-search@0.0.1 --name 'runs again'
    Then it has ended with code 1 and says "there more than once"
    And nothing of exo test is left

  Scenario: a script that breaks
    Given a copy of the example application
    And the script of todo-search@0.0.1 says "the disk has left us" and fails
    When somebody types exo test todo-search@0.0.1 --name 'some todos exist'
    Then it has ended with code 1 and says "the offline script of todo-search@0.0.1 has failed"
    And it says:
      """
                its last lines:
                  the disk has left us
      """
    And the log that it names says "the disk has left us"
    And nothing of exo test is left

  Scenario: the environment of a failure is kept
    Given a copy of the example application
    And the script of todo-search@0.0.1 says "the disk has left us" and fails
    When somebody types exo test todo-search@0.0.1 --name 'some todos exist' --keep
    Then it has ended with code 1 and says "kept: "
    And exo status in the environment that was kept says that todo-search 0.0.1 is failed

  Scenario: a spec before its script
    Given a copy of the example application
    And somebody types exo add greeter --lang js
    And a deployment-scripts/greeter-0.0.1.feature that says:
      """
      Feature: greeter
        Scenario: it is there
          Given a greeter service
          When the deployment script runs
          Then the greeter service is live
      """
    When somebody types exo test greeter
    Then it has ended with code 1 and says "make one: exo script new greeter@0.0.1"
    When somebody types exo script new greeter@0.0.1 --language py
    Then it has ended with code 0 and says "is there deployment-scripts/greeter-0.0.1.feature"
    When somebody types exo test greeter
    Then it has ended with code 0 and says "1 passed, 0 failed"

  Scenario Outline: what exo script new makes in <language> passes its own spec
    Given an empty folder
    When somebody types exo init shop
    And somebody types exo add greeter --lang js --application shop
    And somebody types exo script new greeter@0.0.1 --language <language> --application shop
    And somebody types exo test --application shop
    Then it has ended with code 0 and says "1 passed, 0 failed"

    Examples:
      | language |
      | js       |
      | py       |

  Scenario: mistakes in the file of nouns
    Given a copy of the example application
    And a deployment-scripts/nouns.yml that says:
      """
      todos:
        role: tod
      todos-search:
        role: todo-search
        documents:
          lst: todo-search.list
      """
    When somebody types exo test
    Then it has ended with code 1 and says "deployment-scripts/nouns.yml:6: todos-search.documents.lst: "lst": nothing is known of this key; did you mean "list"?"
    When somebody types exo check
    Then it says "deployment-scripts/nouns.yml:5: warning:"

  Scenario: steps of the application's own
    Given a copy of the example application
    And a deployment-scripts/steps/counting.js that says:
      """
      const assert = require("node:assert/strict");
      const { Then } = require("@cucumber/cucumber");

      Then("there are {int} todos", async function (count) {
        const { payload } = await this.ask("todos.count");
        assert.equal(payload.count, count);
      });
      """
    And a deployment-scripts/todo-search-0.0.1.feature that says:
      """
      Feature: counting
        Scenario: two of them
          Given a todos service with the entries:
            | TITLE |
            | one   |
            | two   |
          Then there are 2 todos
        Scenario: three of them
          Given a todos service
          Then there are 3 todos
        Scenario: a slip
          Given a todos service
          Then there are some todos
      """
    When somebody types exo test todo-search@0.0.1
    Then it has ended with code 1 and says "1 passed, 2 failed"
    And it says "deployment-scripts/steps/counting.js:6"
    And it says "no step says this"
    And nothing of exo test is left

  Scenario: Ctrl-C
    Given a copy of the example application
    And the script of todo-search@0.0.1 never ends
    When exo test begins and its script runs
    And Ctrl-C is pressed for exo test
    Then exo test ends with code 1
    And nothing of exo test is left

  Scenario: a runner that is killed leaves no process
    Given a copy of the example application
    And the script of todo-search@0.0.1 never ends
    When exo test begins and its script runs
    And exo test is killed with SIGKILL
    Then no process of exo test is left

  Scenario: what cannot be run has failed in the reports
    Given a copy of the example application
    When somebody types exo test todo --junit junit.xml --json cucumber.json
    Then it has ended with code 1 and says "have it begun: exo script new todo@0.0.1"
    And junit.xml is a JUnit report of 1 case, 1 of them failed
    And cucumber.json names the scenario "the specs can be run"
    When the spec of todo-0.0.1 is todo-search-deployment.feature
    And somebody types exo test todo todo-search@0.0.1 --name 'some todos exist' --junit junit.xml --json cucumber.json
    Then it has ended with code 1 and says "todo-0.0.1.feature: there is no deployment script of todo@0.0.1; make one: exo script new todo@0.0.1"
    And it has ended with code 1 and says "0 failed"
    And junit.xml is a JUnit report of 2 cases, 1 of them failed
    And cucumber.json names the scenario "some todos exist"
    And cucumber.json names the scenario "the spec can be run"
    And nothing of exo test is left

  Scenario Outline: nothing to test: exo test <words>
    Given a copy of the example application
    When somebody types exo test <words>
    Then it has ended with code <code> and says "<message>"

    Examples:
      | words               | code | message                                                     |
      | todo-serch          | 2    | did you mean "todo-search"?                                 |
      | todo                | 1    | have it begun: exo script new todo@0.0.1                    |
      | --name 'no such'    | 1    | no scenario is called like "no such"                        |
      | --junt x            | 2    | did you mean --junit?                                       |
