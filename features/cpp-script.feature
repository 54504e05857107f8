Feature: deployment scripts in C++

  As a developer who writes C++
  I want to write my deployment scripts as I write my services
  So that I need no second language for them.

  Scenario: the example's script, built outside the clone
    Given a todos service with the entries:
      | TITLE            |
      | pick a fresh fig |
      | plan the journey |
    And a todos-search service
    And the services signals
    And version 0.0.2 of the todos-search service
    And its script is that of examples/cpp-script, in a run that gives it time to compile
    When exo runs the application with it
    Then todo-search@0.0.2 is live, its gate is open and its offline script is done
    And version 0.0.2 of the todos-search service knows about these documents:
      | TITLE            |
      | pick a fresh fig |
      | plan the journey |
    And the history has a checkpoint of it with 2 records that is finished
    And exo logs exo shows 'the lock "todo-search"' going to its script
