Feature: deploying the greeter service v1.2.3

  As a developer of the greeter service
  I want that version 1.2.3 comes in with all that it needs
  So that its users notice nothing but what is new.

  Scenario: it comes in
    Given a greeter service
    When the deployment script runs
    Then the greeter service is live

  # What the script copies can be told when nouns.yml says what things are called:
  #
  # Scenario: some users exist
  #   Given a users service with the entries:
  #     | NAME |
  #     | Ada  |
  #   And a greeter service
  #   When the deployment script runs
  #   Then the greeter service knows about these documents:
  #     | NAME |
  #     | Ada  |
