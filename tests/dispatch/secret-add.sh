# The hook tool secret-add, for benchmarks/juju/hook-tool: from now on secret-get and secret-info-get know the label.
for word; do
    [ "$last" != --label ] || label=$word
    case $word in
    *'#file='*)
        value=$(awk '{ printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }' "${word#*#file=}")
        content=$content${content:+, }\"${word%%#*}\":\ \"$value\"
        ;;
    esac
    last=$word
done
for flags in '' ' --refresh' ' --peek'; do
    printf "printf '%%s' '%s'" "{$content}" >"$here/answers/secret-get --format=json --label $label$flags"
done
info="{\"$SECRET\": {\"label\": \"$label\", \"revision\": 1, \"owner\": \"application\", \"rotation\": \"never\"}}"
printf "printf '%%s' '%s'" "$info" >"$here/answers/secret-info-get --format=json --label $label"
echo "secret:$SECRET"
