# Completion of cubic for PowerShell: cubic completions powershell

Register-ArgumentCompleter -Native -CommandName cubic -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() } |
        Select-Object -Skip 1)
    $current = "$wordToComplete".TrimStart('"', "'")
    foreach ($line in @(& cubic complete "--word=$current" '--' @before 2>$null)) {
        if ($line.StartsWith(':')) {
            if ($line.Contains('files')) { [System.Management.Automation.CompletionCompleters]::CompleteFilename($current) }
            continue
        }
        $value, $description = $line.Split("`t", 2)
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
}
