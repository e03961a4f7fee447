"""A drill's outcome in the forms that continuous integration shows.

exit_codes   what each exit code of `muster drill run` means
junit        a run's report -> JUnit XML: a case for each target and step
markdown     a run's report -> a summary in GitHub's Markdown
files        which of them are wanted, and where
"""
