// A whole conference with Bandwidth.Net: create it, dial somebody into it, mute them, speak to all, end it.
using Bandwidth.Net;
using Bandwidth.Net.Api;

string Setting(string name, string usual) => Environment.GetEnvironmentVariable(name) ?? usual;

var inbox = Setting("SANDBOX_URL", "http://127.0.0.1:8181") + "/sandbox/inbox/examples";
var client = new Client(
    Setting("CATAPULT_USER", "u-local"),
    Setting("CATAPULT_TOKEN", "t-local"),
    Setting("CATAPULT_SECRET", "s-local"),
    Setting("CATAPULT_URL", "http://127.0.0.1:8080"));

var plain = await client.Conference.CreateAsync(new CreateConferenceData { From = "+12345678901" });
Console.WriteLine($"Created conference {plain}");

var id = await client.Conference.CreateAsync(new CreateConferenceData
{
    From = "+12345678901",
    CallbackUrl = inbox,
    CallbackTimeout = 2000,
    FallbackUrl = inbox,
    Profile = ConferenceDtmfProfile.PassthruDigits,
    Tag = "csharp",
});
Console.WriteLine($"Created conference {id}; its events go to {inbox}");

var call = await client.Call.CreateAsync(new CreateCallData
{
    From = "+12345678901",
    To = "+19195551234",
    ConferenceId = id,
});
Console.WriteLine($"Dialled +19195551234 as call {call}");

ConferenceMember member = null;
while (member == null)
{
    await Task.Delay(200);
    member = client.Conference.GetMembers(id).FirstOrDefault();
}
Console.WriteLine($"They answered: member {member.Id}");

await client.Conference.MuteMemberAsync(id, member.Id, true);
Console.WriteLine($"Muted the member: mute is {(await client.Conference.GetMemberAsync(id, member.Id)).Mute}");

await client.Conference.SpeakSentenceAsync(id, "Welcome to the conference");
Console.WriteLine("Spoke to all");

foreach (var each in new[] { plain, id })
{
    await client.Conference.TerminateAsync(each);
    Console.WriteLine($"Ended conference {each}: it is {(await client.Conference.GetAsync(each)).State}");
}
