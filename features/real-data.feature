@real-data
Feature: introducing a service into a fleet with real data

  As an operator of an application that has been used for years
  I want the search service to learn everything that the todo service knows while that one serves
  So that my users notice nothing but a new search.

  Rules
  - The data is real: the descriptions of all packages in this machine's package index, 10,000 at least.
  - The source document's script, a loop of sends that it does not wait for, runs unchanged.
  - A client of the todo service never sees an error meanwhile.

  Scenario: all package descriptions
    Given a todos service that holds the descriptions of all packages of this machine
    And a todos-search service
    And the application's page
    And a client that asks the todos service all the time
    When the deployment script runs
    Then the todos-search service knows as many documents as there are todos
    And it finds packages by words of their descriptions
    And a todos service still holds all of them
    And the client never saw an error
    And exo run showed each kind of message of the script and not each message
    When a browser opens the page of web
    And the user searches for "relational database"
    Then the page lists only packages with the words "relational" and "database"
