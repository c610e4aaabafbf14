"""方案: the town's office makes next year's plan, confirms readings, compares versions, publishes by two persons."""
