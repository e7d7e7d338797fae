package dev.tandem.app.sidecar;

import dev.tandem.store.raft.log.LogStatus;
import dev.tandem.store.raft.member.GroupStatus;
import dev.tandem.store.raft.member.MemberStatus;
import dev.tandem.store.raft.member.RaftMember;
import dev.tandem.store.raft.member.RaftMemberOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** The admin port's pages about a Raft member: how it stands, and who votes. */
final class RaftPages {
    /** How long a change of who votes may take; it goes through every group, one after the other. */
    private static final int CHANGE_SECONDS_MAX = 60;

    private final Vertx vertx;
    private final HostedMember hosted;

    private RaftPages(Vertx vertx, HostedMember hosted) {
        this.vertx = vertx;
        this.hosted = hosted;
    }

    static List<AdminServer.Page> of(Vertx vertx, HostedMember hosted) {
        RaftPages pages = new RaftPages(vertx, hosted);
        return List.of(
                new AdminServer.Page(
                        HttpMethod.GET, "/raft", unused -> hosted.status().map(pages::json)),
                new AdminServer.Page(HttpMethod.POST, "/raft/remove-voter", pages::removeVoter),
                new AdminServer.Page(HttpMethod.POST, "/raft/promote", unused -> pages.promote()));
    }

    private JsonObject json(MemberStatus now) {
        RaftMemberOptions options = hosted.member().options();
        JsonObject json = new JsonObject()
                .put("cluster", options.cluster())
                .put("address", now.address())
                .put("voter", now.voter() == null ? null : now.voter().toString())
                .put("voting_members", options.votingMembers())
                .put("durability", options.durability().name().toLowerCase(Locale.ROOT))
                .put("waits_for", hosted.waitsFor())
                .put("members", new JsonArray(now.met()));
        JsonArray voters = new JsonArray();
        for (MemberStatus.Voter voter : now.voters()) {
            voters.add(new JsonObject()
                    .put("voter", voter.id().toString())
                    .put("address", voter.address())
                    .put("is_there", voter.isThere()));
        }
        JsonArray groups = new JsonArray();
        now.groups().forEach(group -> groups.add(json(group)));
        return json.put("voters", voters).put("groups", groups);
    }

    private static JsonObject json(GroupStatus group) {
        JsonObject json = new JsonObject()
                .put("group", group.number())
                .put("leader", group.leader() == null ? null : group.leader().toString())
                .put("leading", group.leading())
                .put("term", group.term())
                .put("commit_index", group.commitIndex())
                .put("applied_index", group.appliedIndex());
        LogStatus log = group.log();
        return log == null
                ? json
                : json.put("log_bytes", log.logBytes())
                        .put("log_segments", log.segments())
                        .put("snapshot_index", log.snapshotIndex())
                        .put("snapshot_bytes", log.snapshotBytes());
    }

    private Future<JsonObject> removeVoter(JsonObject request) {
        UUID voter;
        try {
            voter = UUID.fromString(request.getString("voter", ""));
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(
                    PageRefused.conflict("voter must be the id of one that votes, as /raft shows it"));
        }
        return hosted.status().compose(now -> {
            for (MemberStatus.Voter known : now.voters()) {
                if (known.id().equals(voter) && known.isThere()) {
                    return Future.failedFuture(PageRefused.conflict("the voter " + voter + " at " + known.address()
                            + " is there: only one that has gone for good is removed. Stop it first"));
                }
            }
            return answered(
                    hosted.member().remove(context(), voter), new JsonObject().put("removed", voter.toString()));
        });
    }

    private Future<JsonObject> promote() {
        RaftMember member = hosted.member();
        UUID before = member.voter();
        if (before != null) {
            return Future.succeededFuture(
                    new JsonObject().put("voter", before.toString()).put("promoted", false));
        }
        return answered(member.promote(context()), new JsonObject())
                .map(json -> json.put("voter", String.valueOf(member.voter())).put("promoted", true));
    }

    private static Future<JsonObject> answered(Future<Void> change, JsonObject answer) {
        return change.timeout(CHANGE_SECONDS_MAX, TimeUnit.SECONDS)
                .map(answer)
                .recover(failure -> Future.failedFuture(PageRefused.conflict(
                        "the members that vote could not be changed: " + StartException.messageOf(failure)
                                + ". It may still come to be: look at the status")));
    }

    private ContextInternal context() {
        return (ContextInternal) vertx.getOrCreateContext();
    }
}
