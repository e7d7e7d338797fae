package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is wrong, of what members say at /raft. */
class RaftDiagnosisTest {
    private static final String[] VOTERS = {"v1", "v2", "v3"};

    private final List<JsonObject> members = List.of(member(0), member(1), member(2));

    private static JsonObject member(int number) {
        JsonArray voters = new JsonArray();
        for (int i = 0; i < VOTERS.length; i++) {
            voters.add(new JsonObject()
                    .put("voter", VOTERS[i])
                    .put("address", "a:" + i)
                    .put("is_there", true));
        }
        JsonArray groups = new JsonArray();
        for (int group = 0; group <= 1; group++) {
            groups.add(new JsonObject()
                    .put("group", group)
                    .put("leader", "v1")
                    .put("leading", number == 0)
                    .put("term", 1)
                    .put("commit_index", 5_000 + number)
                    .put("applied_index", 5_000 + number));
        }
        return new JsonObject()
                .put("cluster", "tandem")
                .put("address", "a:" + number)
                .put("voter", VOTERS[number])
                .put("voting_members", 3)
                .put("waits_for", "")
                .put("voters", voters)
                .put("groups", groups);
    }

    private JsonObject voter(int member, int voter) {
        return members.get(member).getJsonArray("voters").getJsonObject(voter);
    }

    private JsonObject group(int member, int group) {
        return members.get(member).getJsonArray("groups").getJsonObject(group);
    }

    @Test
    void diagnosis_allWell_hasNothingToSay() {
        assertThat(RaftDiagnosis.of(members)).isEmpty();
    }

    @Test
    void diagnosis_nobodyKnowsALeader_saysWhichGroupWaits() {
        members.forEach(member -> member.getJsonArray("groups").getJsonObject(1).putNull("leader"));
        assertThat(RaftDiagnosis.of(members))
                .containsExactly("group 1 has no leader: its tasks wait until most of the voters are there");

        group(2, 1).put("leader", "v3");
        assertThat(RaftDiagnosis.of(members)).as("one knows").isEmpty();
    }

    @Test
    void diagnosis_memberFarBehind_saysHowFar() {
        group(1, 1).put("applied_index", 5_002 - RaftDiagnosis.LAG_MAX);
        assertThat(RaftDiagnosis.of(members)).isEmpty();

        group(1, 1).put("applied_index", 5_001 - RaftDiagnosis.LAG_MAX);
        assertThat(RaftDiagnosis.of(members))
                .containsExactly("the member at a:1 is " + (RaftDiagnosis.LAG_MAX + 1) + " entries behind in group 1");
    }

    @Test
    void diagnosis_voterAway_saysWhoMissesIt() {
        voter(0, 2).put("is_there", false);
        voter(1, 2).put("is_there", false);

        assertThat(RaftDiagnosis.of(members))
                .containsExactly("the voter v3, last known at a:2, is away, as seen by a:0, a:1");
    }

    @Test
    void diagnosis_tooFewVoters_saysWhatToDo() {
        members.forEach(member -> member.getJsonArray("voters").remove(2));

        assertThat(RaftDiagnosis.of(members))
                .containsExactly("only 2 of 3 members vote: let another one vote by `tandem node promote`");
    }

    @Test
    void diagnosis_startsAndOtherClusters_areTold() {
        members.get(1).put("waits_for", "a:2 is not there").put("cluster", "other");

        assertThat(RaftDiagnosis.of(members))
                .containsExactly(
                        "these are members of different clusters: other, tandem",
                        "the member at a:1 is starting: a:2 is not there");
    }
}
