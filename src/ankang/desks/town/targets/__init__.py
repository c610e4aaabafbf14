"""目标任务: the published targets beside the computed ones and the lines; issuing new ones on a paper."""
