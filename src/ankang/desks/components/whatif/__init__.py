"""方案测算 on the town's and the insurer's desk."""
