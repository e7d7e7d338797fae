package dev.tandem.app.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tandem node status}. */
@Command(
        name = "status",
        description =
                "Shows how Raft members stand, store nodes or sidecars, and says what is wrong with their groups.",
        sortOptions = false,
        footer = {
            "",
            "Name the admin ports of all members: what one of them does not know, another one does. Group 0 is",
            "the members' own, which knows who votes. Exit code 3 if none of them answers."
        })
final class NodeStatus implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private AdminOptions options = new AdminOptions();

    NodeStatus(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, JsonObject> members = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (String address : options.addresses(terminal.environment())) {
            try {
                members.put(address, new AdminPort(address, null).get("/raft"));
            } catch (AdminPort.Failure e) {
                problems.add(e.getMessage());
            }
        }
        problems.addAll(RaftDiagnosis.of(members.values()));
        if (options.isJson) {
            JsonObject json = new JsonObject();
            JsonArray shown = new JsonArray();
            members.forEach((address, member) -> shown.add(member.copy().put("admin", address)));
            terminal.out()
                    .println(json.put("members", shown)
                            .put("problems", new JsonArray(problems))
                            .encode());
        } else {
            terminal.out().print(text(members.values()));
            problems.forEach(problem -> terminal.out().println("! " + problem));
            if (problems.isEmpty()) {
                terminal.out().println("All is well.");
            }
        }
        return members.isEmpty() ? ExitCode.UNREACHABLE : ExitCode.OK;
    }

    private static String text(Iterable<JsonObject> members) {
        StringBuilder text = new StringBuilder();
        List<List<String>> rows = new ArrayList<>();
        for (JsonObject member : members) {
            String voter = member.getString("voter");
            text.append(member.getString("address")).append(" of cluster ").append(member.getString("cluster"));
            text.append(voter == null ? ", does not vote" : ", voter " + voter).append('\n');
            for (Object each : member.getJsonArray("groups")) {
                JsonObject group = (JsonObject) each;
                rows.add(List.of(
                        String.valueOf(group.getInteger("group")),
                        member.getString("address"),
                        group.getBoolean("leading") ? "leads" : group.getString("leader") == null ? "-" : "follows",
                        String.valueOf(group.getInteger("term")),
                        String.valueOf(group.getLong("commit_index")),
                        String.valueOf(group.getLong("applied_index")),
                        kib(group.getLong("log_bytes", 0L)),
                        kib(group.getLong("snapshot_bytes", 0L))));
            }
        }
        rows.sort((one, other) -> Integer.compare(Integer.parseInt(one.get(0)), Integer.parseInt(other.get(0))));
        List<String> heading =
                List.of("GROUP", "MEMBER", "ROLE", "TERM", "COMMITTED", "APPLIED", "LOG KIB", "STATE KIB");
        return rows.isEmpty() ? text.toString() : text + "\n" + Table.of(heading, rows) + "\n";
    }

    private static String kib(long bytes) {
        return Long.toString((bytes + 1023) / 1024);
    }
}
