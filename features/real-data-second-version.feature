@real-data
Feature: introducing a second version with real data

  As an operator of an application that has been used for years
  I want the new version of the search service filled with everything while the old one serves
  So that my users notice nothing but better answers.

  Rules
  - The data is real: the descriptions of all packages in this machine's package index, 10,000 at least.
  - The example's own script, a loop of sends that it does not wait for, runs as it is.
  - A client of the search service never sees an error meanwhile, and is answered by the old version until the new one is live.

  Scenario: all package descriptions
    Given a todos service that holds the descriptions of all packages of this machine
    And a todos-search service
    When the deployment script runs
    Given version 0.0.2 of the todos-search service
    And its script
    And a client that searches all the time
    When exo runs the application once more, with time for the script
    Then the client was never refused, and answered by 0.0.1 before 0.0.2 and only by it after
    And the todos-search service knows as many documents as there are todos
    And it finds packages by words of their descriptions
    And a search for "relational database" in version 0.0.1 is answered by version 0.0.1
    And a todos service still holds all of them
