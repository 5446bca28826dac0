"""Either or: four answers that no straight line can tell apart, learnt by a small network."""

from autodiff_cli import nn

questions = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
answers = [0, 1, 1, 0]
network = nn.MLP(2, [4, 1], "tanh", seed=1)
optimizer = nn.Adam(network.parameters(), lr=0.1)
for step in range(121):
    loss = nn.binary_cross_entropy([network(question) for question in questions], answers)
    network.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 40 == 0:
        print(f"step {step:3}: loss {loss.data:.4f}")
for question, answer in zip(questions, answers, strict=True):
    sure = network(question).sigmoid().data
    print(f"{question}: {sure:.3f}")
    assert (sure > 0.5) == answer
