Feature: services and deployment scripts in Python

  As a developer who writes Python
  I want exo to run my programs with a Python that can
  So that I need not care which python3 a machine finds first.

  Scenario: another python3 comes first on the path
    Given a copy of the example application
    And a python3 without packages that comes first on the path
    When exo runs the application
    Then todo-search@0.0.2 is live, its gate is open and its offline script is done

  Scenario: the Python that is to be used is named
    Given a copy of the example application
    And a python3 without packages that comes first on the path
    And EXO_PYTHON names the system's Python
    When exo runs the application
    Then todo-search@0.0.2 is live, its gate is open and its offline script is done

  Scenario: the Python that is named does not work
    Given a copy of the example application
    And EXO_PYTHON names a python3 without packages
    And the script of todo-search@0.0.2 has at most one attempt
    When exo begins to run the application
    Then exo run shows the end of "exo-python: EXO_PYTHON is"

  Scenario: what Python programs print is seen at once
    Given the services visits and signals
    And the service greeter@0.0.1
    And its script deployment-scripts/greeter-0.0.1.py that says:
      """
      from exorelay import handle


      @handle("deployment-greeter-0.0.1-offline-start")
      async def start(_, script):
          print("not done yet")
          await script.request("signals.await", {"name": "offline"})
          script.reply("deployment-greeter-0.0.1-offline-done")
      """
    When exo begins to run the application
    Then exo run shows the line "not done yet"
    When the signal for the offline script is given
    Then exo run is ready

  Scenario: nothing is written beside the programs
    Given a copy of the example application
    And the application is committed to git
    When exo runs the application
    Then todo-search@0.0.2 is live, its gate is open and its offline script is done
    And git sees no change in the application
