package dev.tandem.app.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What is wrong with Raft groups, by what their members say of themselves: a sentence each. */
final class RaftDiagnosis {
    /** Members are asked one after the other, while work goes on: so many entries are no lag. */
    static final long LAG_MAX = 1_000;

    private final Collection<JsonObject> members;
    private final List<String> problems = new ArrayList<>();

    private RaftDiagnosis(Collection<JsonObject> members) {
        this.members = members;
    }

    /** @param members what each of them answered at /raft */
    static List<String> of(Collection<JsonObject> members) {
        RaftDiagnosis diagnosis = new RaftDiagnosis(members);
        diagnosis.clusters();
        diagnosis.starts();
        diagnosis.voters();
        diagnosis.groups();
        return diagnosis.problems;
    }

    private void clusters() {
        Set<String> names = new TreeSet<>();
        members.forEach(member -> names.add(member.getString("cluster")));
        if (names.size() > 1) {
            problems.add("these are members of different clusters: " + String.join(", ", names));
        }
    }

    private void starts() {
        for (JsonObject member : members) {
            String reason = member.getString("waits_for", "");
            if (!reason.isEmpty()) {
                problems.add("the member at " + member.getString("address") + " is starting: " + reason);
            }
        }
    }

    private void voters() {
        Map<String, List<String>> missedBy = new LinkedHashMap<>();
        int known = 0;
        int wanted = 0;
        for (JsonObject member : members) {
            wanted = Math.max(wanted, member.getInteger("voting_members"));
            JsonArray voters = member.getJsonArray("voters");
            known = Math.max(known, voters.size());
            for (Object each : voters) {
                JsonObject voter = (JsonObject) each;
                if (!voter.getBoolean("is_there")) {
                    String who = voter.getString("voter") + ", last known at " + voter.getString("address");
                    missedBy.computeIfAbsent(who, none -> new ArrayList<>()).add(member.getString("address"));
                }
            }
        }
        missedBy.forEach(
                (who, by) -> problems.add("the voter " + who + ", is away, as seen by " + String.join(", ", by)));
        if (known > 0 && known < wanted) {
            problems.add(
                    "only " + known + " of " + wanted + " members vote: let another one vote by `tandem node promote`");
        }
    }

    private void groups() {
        TreeMap<Integer, List<JsonObject>> byNumber = new TreeMap<>();
        for (JsonObject member : members) {
            for (Object each : member.getJsonArray("groups")) {
                JsonObject group = ((JsonObject) each).copy().put("at", member.getString("address"));
                byNumber.computeIfAbsent(group.getInteger("group"), none -> new ArrayList<>())
                        .add(group);
            }
        }
        byNumber.forEach(this::group);
    }

    private void group(int number, List<JsonObject> at) {
        if (at.stream().map(group -> group.getString("leader")).noneMatch(Objects::nonNull)) {
            problems.add("group " + number + " has no leader: "
                    + (number == 0
                            ? "who votes can't be changed"
                            : "its tasks wait until most of the voters are there"));
        }
        long newest = indexes(at, "commit_index").max(Long::compare).orElse(0L);
        for (JsonObject group : at) {
            long behind = newest - group.getLong("applied_index");
            if (behind > LAG_MAX) {
                problems.add("the member at " + group.getString("at") + " is " + behind + " entries behind in group "
                        + number);
            }
        }
    }

    private static Stream<Long> indexes(List<JsonObject> groups, String name) {
        return groups.stream().map(group -> group.getLong(name));
    }
}
