// The examples of the format that steps are written in, word for word.

export const setupStep = `step_1_setup_api:
  pre_flight:
    - task: "verify_env"
      command: "echo $TINKER_API_KEY | head -c 10"
      timeout: 5
      parallel: true
    - task: "check_python"
      command: "python -c 'import sys; print(sys.version)'"
      timeout: 5
      parallel: true
    - task: "test_imports"
      command: "python -c 'import tinker'"
      timeout: 10
      parallel: true

  main:
    agent: "tinker-executor"  # Uses .claude/agents/AGENT.md
    skills: ["tinker-api"]     # Uses .claude/skills/tinker-api/
    objective: "Verify Tinker API authentication"
    script: "01_test_auth.py"
    timeout: 300
    success_criteria:
      - "API key validated"
      - "Authentication successful"

  post_validation:
    - task: "verify_connection"
      command: "python -c 'import tinker; tinker.Client()'"
      timeout: 10
      parallel: true
    - task: "log_completion"
      command: "echo 'Step 1 complete' >> .task_log"
      timeout: 5
      parallel: true
`

export const trainingStep = `step_13_training:
  pre_flight:
    - task: "check_data"
      command: "ls -lh train.jsonl val.jsonl"
      timeout: 5
      parallel: true
    - task: "check_config"
      command: "cat training_config.yaml | head -20"
      timeout: 5
      parallel: true
    - task: "check_disk"
      command: "df -h . | grep -E '^/'"
      timeout: 5
      parallel: true

  main:
    agent: "tinker-executor"  # Uses .claude/agents/AGENT.md
    skills: ["tinker-api"]     # Uses .claude/skills/tinker-api/
    objective: "Start model training"
    script: "06_train_student_model.py"
    mode: "background"  # Special mode for long-running
    timeout: 300  # Just for startup, not full training
    success_criteria:
      - "Training started"
      - "First checkpoint saved"

  background:
    - task: "monitor_loss"
      command: "tail -n 1 training_logs/loss.txt"
      interval: 60  # Check every minute
      alert_on: "error|failed|nan"
    - task: "watch_checkpoints"
      command: "ls -lht checkpoints/ | head -5"
      interval: 120  # Check every 2 minutes
    - task: "check_memory"
      command: "ps aux | grep train_student | head -1"
      interval: 180
`

export const chunkedStep = `step_8_generate_data:
  pre_flight:
    - explore: "Check existing JSONL files"  # 10s
    - verify: "Test teacher model access"    # 10s
    - estimate: "Calculate time/cost"        # 5s

  main:
    mode: "chunked"  # Special handling
    chunks:
      - size: 100   # Generate 100, check quality
      - size: 900   # If good, generate 900 more
      - size: 4000  # If still good, complete
    checkpoint_every: 500

  background:
    - monitor: "wc -l teacher_data_*.jsonl"
    - check: "tail -1 generation.log"
    - alert: "grep ERROR generation.log"
`

/** The first example as it stands in its file. */
export const definitions = `# .claude/tasks/step_definitions.yaml

${setupStep}
${trainingStep}`
