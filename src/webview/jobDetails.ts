// The page that shows one job.
export {}
