// Prints what the Windows API says about the version of each file of a list: a line for each, with
// the number of the file and, behind an equals sign, its version. For Wine's `cscript`, which asks
// GetFileVersionInfo and VerQueryValue.
var files = new ActiveXObject("Scripting.FileSystemObject");
var list = files.OpenTextFile(WScript.Arguments(0), 1);
for (var number = 0; !list.AtEndOfStream; number++) {
  try {
    WScript.Echo(number + "=" + files.GetFileVersion(list.ReadLine()));
  } catch (error) {
    WScript.Echo(number + "=no version: " + error.number);
  }
}
