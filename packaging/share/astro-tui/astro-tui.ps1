Register-ArgumentCompleter -Native -CommandName astro-tui -ScriptBlock {
  param($word, $line, $cursor)
  $words = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -le $cursor } |
    ForEach-Object { $_.ToString() })
  if (-not $word) { $words += '' }
  astro-tui completion words -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
    $text, $meaning = $_ -split "`t", 2
    [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', "$text $meaning")
  }
}
