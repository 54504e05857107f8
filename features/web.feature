Feature: the todo application in a browser

  As a user of the todo application
  I want to see, add and find todos on its page
  So that I need no terminal for it.

  Scenario: adding and finding
    Given a copy of the example application
    When exo runs the application
    And a browser opens the page of web
    And the user adds the todo "buy fresh figs"
    And the user adds the todo "write to grandmother"
    Then the page lists "buy fresh figs" and "write to grandmother"
    When the user searches for "figs"
    Then the page finds "buy fresh figs" but not "write to grandmother"

  Scenario: what a user types is text and nothing else
    Given a copy of the example application
    When exo runs the application
    And a browser opens the page of web
    And the user adds the todo "<b id='planted'>bold</b> & more"
    Then the page lists "<b id='planted'>bold</b> & more"
    And the page has no element that a todo has planted

  Scenario: the page as other programs see it
    Given a copy of the example application
    When exo runs the application
    Then the page of web answers with HTML that has a list, a form and a search field
