# Installs queuectl for the calling user, on Windows:
#
#     irm https://raw.githubusercontent.com/queuectl/queuectl/main/scripts/install.ps1 | iex
#
# It downloads the binary of a release, compares its SHA-256 with the release's SHA256SUMS, and only then puts it in
# place. QUEUECTL_VERSION names a release (the latest otherwise), QUEUECTL_INSTALL_DIR a folder (Programs\queuectl in
# the local application data otherwise), QUEUECTL_RELEASES another place that releases are laid out at as on GitHub.

# In a block of its own, so that nothing of it stays behind in the session that runs it.
& {
  $ErrorActionPreference = 'Stop'
  # Drawing the progress takes longer than the download in Windows PowerShell 5.
  $ProgressPreference = 'SilentlyContinue'
  $repository = 'queuectl/queuectl'
  # The processors of ARM run it too, translated.
  $asset = 'queuectl-x86_64-pc-windows-msvc.exe'

  $folder = $env:QUEUECTL_INSTALL_DIR
  if (-not $folder) { $folder = Join-Path $env:LOCALAPPDATA 'Programs\queuectl' }
  $version = $env:QUEUECTL_VERSION
  if (-not $version) { $version = 'latest' }
  $releases = $env:QUEUECTL_RELEASES
  if (-not $releases) { $releases = "https://github.com/$repository/releases" }
  $from = if ($version -eq 'latest') { "$releases/latest/download" } else { "$releases/download/v$($version -replace '^v', '')" }

  [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
  $scratch = Join-Path ([IO.Path]::GetTempPath()) "queuectl-$([Guid]::NewGuid())"
  New-Item -ItemType Directory -Path $scratch | Out-Null
  try {
    $sums = Join-Path $scratch 'SHA256SUMS'
    Invoke-WebRequest -UseBasicParsing -Uri "$from/SHA256SUMS" -OutFile $sums
    $expected = $null
    foreach ($line in Get-Content -LiteralPath $sums) {
      $hash, $name = $line -split '\s+\*?', 2
      if ($name -eq $asset) { $expected = $hash }
    }
    if (-not $expected) { throw "Cannot install queuectl: the release has no $asset" }

    Write-Host "Downloading $asset ($version) ..."
    $download = Join-Path $scratch $asset
    Invoke-WebRequest -UseBasicParsing -Uri "$from/$asset" -OutFile $download
    $found = (Get-FileHash -LiteralPath $download -Algorithm SHA256).Hash
    if ($found -ne $expected) {
      throw "Cannot install queuectl: the SHA-256 of $asset is $found, but SHA256SUMS says $expected"
    }

    New-Item -ItemType Directory -Force -Path $folder | Out-Null
    $target = Join-Path $folder 'queuectl.exe'
    $old = "$target.old"
    # Windows refuses to replace a program that runs, but lets it be renamed.
    Remove-Item -Force -ErrorAction SilentlyContinue -LiteralPath $old
    if (Test-Path -LiteralPath $target) { Move-Item -Force -LiteralPath $target -Destination $old }
    Move-Item -LiteralPath $download -Destination $target
    Remove-Item -Force -ErrorAction SilentlyContinue -LiteralPath $old
    Write-Host "Installed $target"

    if (($env:Path -split ';') -notcontains $folder) {
      Write-Host 'It is not on your PATH yet. This puts it there, for terminals that you open afterwards:'
      Write-Host "    [Environment]::SetEnvironmentVariable('Path', [Environment]::GetEnvironmentVariable('Path', 'User') + ';$folder', 'User')"
    }
  } finally {
    Remove-Item -Recurse -Force -ErrorAction SilentlyContinue -LiteralPath $scratch
  }
}
